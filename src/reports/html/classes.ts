import { shiftDecimal } from '../../core/decimal.ts';
import type { EntryReading, MeasuredEntry, RunRecord } from '../../core/record.ts';
import { classOf, formatMeasured } from '../figures.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const FILLS = ['var(--c2)', 'var(--c3)', 'var(--c1)', 'var(--muted)'];

/**
 * IoU of each class, a bar for each entry, in the order of the class list. Entries and classes without a single value
 * get no row of dashes; the classes are named below.
 */
export function classSection(record: RunRecord): Markup {
  const protocolId = record.protocols[0]?.id;
  const rows = record.entries
    .flatMap((entry) => (entry.kind === 'measured' ? [{ entry, readings: classReadings(entry, protocolId) }] : []))
    .filter(({ readings }) => [...readings.values()].some(isDefined));
  const keys = [...new Set(rows.flatMap(({ readings }) => [...readings.keys()]))];
  const shown = keys.filter((key) => rows.some(({ readings }) => isDefined(readings.get(key))));
  if (shown.length < 2) return NOTHING;
  const absent = keys.filter((key) => !shown.includes(key)).map(classOf);
  const fill = (index: number) => FILLS[index % FILLS.length];
  return html`<section><h2>Intersection over union of each class</h2>
<ul class="key">${rows.map(({ entry }, i) => html`<li><i style="background:${fill(i)}"></i>${entry.title} [%]</li>`)}</ul>
<div class="classes">
${shown.map(
  (key) => html`<div class="class"><span>${classOf(key)}</span><div class="bars">
${rows.map(({ readings }, i) => bar(readings.get(key), fill(i)))}</div></div>
`,
)}</div>
${absent.length > 0 ? html`<p class="small muted">Without a figure, as a rule because they occur neither in the truth nor in a prediction (the CSV gives each reason): ${absent.join(', ')}.</p>` : NOTHING}</section>`;
}

const isDefined = (reading: EntryReading | undefined): boolean => reading !== undefined && reading.value !== null;

function classReadings({ readings }: MeasuredEntry, protocolId: string | undefined): Map<string, EntryReading> {
  const own = readings.filter(({ key, protocolId: id }) => id === protocolId && classOf(key) !== undefined);
  return new Map(own.map((reading) => [reading.key, reading]));
}

function bar(reading: EntryReading | undefined, fill: string): Markup {
  if (!reading || reading.value === null)
    return html`<div class="bar" title="${reading?.reason}"><i style="--v:0%;--fill:${fill}"></i><span>–</span></div>`;
  const percent = Math.min(100, Math.max(0, shiftDecimal(reading.value, 2)));
  return html`<div class="bar"><i style="--v:${percent}%;--fill:${fill}"></i><span>${formatMeasured(reading.key, reading.value)}</span></div>`;
}

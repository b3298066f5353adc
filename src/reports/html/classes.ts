import { shiftDecimal } from '../../core/decimal.ts';
import type { EntryReading, MeasuredEntry, RunRecord } from '../../core/record.ts';
import { classOf, formatMeasured } from '../figures.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const FILLS = ['var(--c2)', 'var(--c3)', 'var(--c1)', 'var(--muted)'];

/** IoU of each class, a bar for each entry, in the order of the class list. */
export function classSection(record: RunRecord): Markup {
  const protocolId = record.protocols[0]?.id;
  const entries = record.entries.filter((entry) => entry.kind === 'measured');
  const readings = entries.map((entry) => classReadings(entry, protocolId));
  const keys = [...new Set(readings.flatMap((of) => [...of.keys()]))];
  if (keys.length < 2) return NOTHING;
  const fill = (index: number) => FILLS[index % FILLS.length];
  return html`<section><h2>Intersection over union of each class</h2>
<ul class="key">${entries.map((entry, i) => html`<li><i style="background:${fill(i)}"></i>${entry.title}</li>`)}</ul>
<div class="classes">
${keys.map(
  (key) => html`<div class="class"><span>${classOf(key)}</span><div class="bars">
${readings.map((of, i) => bar(of.get(key), fill(i)))}</div></div>
`,
)}</div>
<p class="small muted">A dash: the class occurs neither in the truth nor in the prediction, or its figure is undefined (the CSV gives each reason).</p></section>`;
}

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

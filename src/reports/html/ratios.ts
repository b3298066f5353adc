import type { LatencyRatioRecord } from '../../core/latency-record.ts';
import type { RunRecord } from '../../core/record.ts';
import { ratioNote, ratioText } from '../latency-columns.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const WIDTH_PX = 900;
const NAME_PX = 220;
const FIGURE_PX = 210;
const ROW_PX = 26;
const HEAD_PX = 20;

/** Ratio and 95 % interval of each entry on a logarithmic axis, its reference at 1 (a forest plot for each reference). */
export function ratioPlot(record: RunRecord): Markup {
  const rows = record.entries.flatMap((entry) =>
    entry.kind === 'measured' && entry.latencyRatio ? [{ title: entry.title, ratio: entry.latencyRatio }] : [],
  );
  if (rows.length === 0) return NOTHING;
  const references = [...new Set(rows.map(({ ratio }) => ratio.to))];
  return html`<h3>Time as a ratio to the reference</h3>
<p class="small muted">Median ratio and 95 % bootstrap interval of calls that alternate A B B A; left of the line is faster. An interval that crosses the line decides nothing.</p>
${references.map((to) =>
  draw(
    record.entries.find(({ id }) => id === to)?.title ?? to,
    rows.filter(({ ratio }) => ratio.to === to),
  ),
)}`;
}

interface PlotRow {
  readonly title: string;
  readonly ratio: LatencyRatioRecord;
}

function draw(reference: string, rows: readonly PlotRow[]): Markup {
  const x = scale(rows.map(({ ratio }) => ratio));
  const bottom = HEAD_PX + rows.length * ROW_PX;
  return html`<svg viewBox="0 0 ${WIDTH_PX} ${bottom + 8}" role="img" aria-label="${rows.map(({ title, ratio }) => `${title} ${ratioText(ratio)}`).join('; ')}">
<line x1="${x(1)}" x2="${x(1)}" y1="${HEAD_PX - 4}" y2="${bottom}" style="stroke:var(--strong)"/>
<text x="${x(1)}" y="${HEAD_PX - 8}" text-anchor="middle">1 = ${reference}</text>
${rows.map(({ title, ratio }, i) => drawRow(title, ratio, HEAD_PX + (i + 0.5) * ROW_PX, x))}</svg>`;
}

function drawRow(title: string, ratio: LatencyRatioRecord, y: number, x: (ratio: number) => string): Markup {
  const fill = ratio.verdict === 'undecided' ? 'var(--muted)' : ratio.verdict === 'faster' ? 'var(--c2)' : 'var(--c3)';
  const shown = title.length > 34 ? `${title.slice(0, 33)}…` : title;
  return html`<g><title>${title}: ${ratioNote(ratio)}</title>
<text x="0" y="${y + 4}">${shown}</text>
<line x1="${x(ratio.low)}" x2="${x(ratio.high)}" y1="${y}" y2="${y}" style="stroke:${fill};stroke-width:2"/>
<circle cx="${x(ratio.ratio)}" cy="${y}" r="4" style="fill:${fill}"/>
<text x="${WIDTH_PX}" y="${y + 4}" text-anchor="end">${ratioText(ratio)} ${ratio.verdict}</text></g>`;
}

/** Logarithmic, so that half and double lie equally far from 1; at least 5 % to both sides. */
function scale(ratios: readonly LatencyRatioRecord[]): (ratio: number) => string {
  const low = Math.log(Math.min(1 / 1.05, ...ratios.map((ratio) => ratio.low)));
  const high = Math.log(Math.max(1.05, ...ratios.map((ratio) => ratio.high)));
  const room = WIDTH_PX - NAME_PX - FIGURE_PX - 20;
  return (ratio) => (NAME_PX + (room * (Math.log(ratio) - low)) / (high - low)).toFixed(1);
}

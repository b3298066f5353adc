import type { MeasuredEntry, RunRecord } from '../../core/record.ts';
import { inBillions, inMillions, MAC_RULE, uncountedWords } from '../cost-columns.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const HEADINGS = [
  ['params', 'M'],
  ['stored', 'M'],
  ['weights', 'MB'],
  ['conv. MACs', 'G'],
  ['matrix MACs', 'G'],
  ['activations', 'MB'],
] as const;

/** What the main table has no room for: what the file holds beside what was learned, and memory. */
export function costSection({ entries }: RunRecord): Markup {
  const rows = entries.flatMap((entry) =>
    entry.kind === 'measured' && entry.cost ? [drawRow(entry, entry.cost)] : [],
  );
  if (rows.length === 0) return NOTHING;
  return html`<section><h2>Costs</h2>
<div class="scroll"><table class="grid"><thead><tr><th class="l"></th>${HEADINGS.map(([label, unit]) => html`<th>${label}<small>${unit}</small></th>`)}</tr></thead>
<tbody class="measured">${rows}</tbody></table></div>
<p class="small muted">MACs: ${MAC_RULE}. Params: learnable parameters before any folding. Stored: weights as the file holds them, folded and converted. Activations: the largest sum of tensors alive at one time when the layers run in the order of the file, nothing in place; a runtime may need less or more.</p></section>`;
}

function drawRow({ title }: MeasuredEntry, cost: NonNullable<MeasuredEntry['cost']>): Markup {
  const { params, storedParams, weightBytes, macsBy, peakActivationBytes, uncounted = [] } = cost;
  const atLeast = uncounted.length ? '≥ ' : '';
  const cells = [
    show(params, inMillions),
    show(storedParams, inMillions),
    show(weightBytes, inMillions),
    show(macsBy?.convolution, (macs) => atLeast + inBillions(macs)),
    show(macsBy?.matmul, (macs) => atLeast + inBillions(macs)),
    show(peakActivationBytes, inMillions),
  ];
  const missing = uncounted.length ? html`<br><small>${uncountedWords(uncounted)}</small>` : NOTHING;
  return html`<tr><th>${title}, ${cost.inputSize}${missing}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

const show = (value: number | undefined, words: (value: number) => string): string =>
  value === undefined ? '–' : words(value);

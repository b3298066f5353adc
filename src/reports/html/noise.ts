import type { NoiseMatrix } from '../../core/labels-record.ts';
import type { RunRecord } from '../../core/record.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Of each expert a heat map: which true class its unfiltered labels take for which. */
export function noiseSection({ labels }: RunRecord): Markup {
  const measured = (labels?.experts ?? []).flatMap(({ id, noise }) => (noise ? [{ id, noise }] : []));
  if (measured.length === 0) return NOTHING;
  return html`<section><h2>Noise of the labels</h2>
<p class="small muted">Of the pixels of each true class (row) the percentage that is labelled as each class (column), unfiltered; the diagonal is right. Blank: below 0.5 %. Classes that neither occur nor are given to 0.5 % of any class are left out.</p>
${measured.map(({ id, noise }) => html`<h3>${id}</h3>${heatMap(noise)}`)}</section>`;
}

/** Smaller shares are rounded to nothing. */
const LEAST = 0.005;

function heatMap(noise: NoiseMatrix): Markup {
  const { classNames, pixels, shares, withoutLabel } = noise;
  const ids = classNames.map((_, id) => id);
  const rows = ids.filter((id) => pixels[id] > 0);
  const columns = ids.filter((g) => pixels[g] > 0 || rows.some((t) => (shares[t]?.[g] ?? 0) >= LEAST));
  const hasNone = rows.some((t) => (withoutLabel[t] ?? 0) >= LEAST);
  return html`<div class="scroll"><table class="heat"><thead><tr><td></td>
${columns.map((g) => html`<th scope="col"><span>${classNames[g]}</span></th>`)}${hasNone ? html`<th scope="col"><span>no label</span></th>` : NOTHING}</tr></thead><tbody>
${rows.map(
  (t) => html`<tr><th scope="row">${classNames[t]}</th>
${columns.map((g) => cell(shares[t]?.[g] ?? 0, t === g, `${classNames[t]} labelled ${classNames[g]}`))}${hasNone ? cell(withoutLabel[t] ?? 0, false, `${classNames[t]} without a label`) : NOTHING}</tr>
`,
)}</tbody></table></div>`;
}

function cell(share: number, isRight: boolean, words: string): Markup {
  const percent = (100 * share).toFixed(1);
  const shown = share >= LEAST ? `${Math.round(100 * share)}` : '';
  return html`<td class="${isRight ? 'right' : 'wrong'}" style="--v:${percent}%" title="${words}: ${percent} %">${shown}</td>`;
}

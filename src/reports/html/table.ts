import { arrowOf } from '../figures.ts';
import { BEST_RULE, type Cell, type Column, type Group, hasBest, type Table } from '../table.ts';
import { html, link, type Markup, NOTHING } from './markup.ts';

/** `anchor` keeps the footnotes of one table apart from those of the next. */
export function drawTable(table: Table, anchor: string): Markup {
  return html`<div class="scroll"><table class="grid">
<thead><tr><th class="l"></th>${table.columns.map(drawHead)}</tr></thead>
${table.groups.map((group) => drawGroup(group, table, anchor))}
</table></div>
<ul class="notes">
${table.notes.map(({ mark, text }) => html`<li id="${anchor}-${mark}"><span class="mark">${mark}</span>${text}</li>`)}
${hasBest(table) ? html`<li><span class="mark">B</span>Bold, underlined: ${BEST_RULE}</li>` : NOTHING}
</ul>
${drawProtocol(table)}`;
}

const drawHead = ({ label, unit, better, align, meaning }: Column) =>
  html`<th class="${align === 'left' ? 'l' : ''}" title="${meaning}">${label} ${arrowOf(better)}<small>${unit || ' '}</small></th>`;

function drawGroup({ kind, label, url, rows }: Group, table: Table, anchor: string): Markup {
  const words =
    kind === 'reported' ? '. Protocol unknown, so never ranked against measured rows; blank = not printed there.' : '';
  const heading =
    label !== ''
      ? html`<tr><th class="source" colspan="${table.columns.length + 1}"><span>${link(url, label)}${words}</span></th></tr>`
      : NOTHING;
  return html`<tbody class="${kind}">${heading}
${rows.map(
  ({ title, marks, cells }) =>
    html`<tr><th>${title}${references(marks, anchor)}</th>${cells.map((cell, j) => drawCell(cell, table.columns[j], anchor))}</tr>
`,
)}</tbody>`;
}

const drawCell = ({ text, best, marks }: Cell, { align }: Column, anchor: string) =>
  html`<td class="${align === 'left' ? 'l words' : ''}">${best ? html`<b>${text}</b>` : text}${references(marks, anchor)}</td>`;

const references = (marks: readonly string[], anchor: string) =>
  marks.length ? html`<sup>${marks.map((mark) => html`<a href="#${anchor}-${mark}">${mark}</a>`)}</sup>` : NOTHING;

function drawProtocol({ protocol }: Table): Markup {
  if (protocol.length === 0) return NOTHING;
  return html`<details open><summary>What these numbers are</summary><dl class="pairs">
${protocol.map(({ label, words }) => html`<dt>${label}</dt><dd>${words}</dd>`)}
</dl></details>`;
}

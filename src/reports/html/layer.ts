import { expertsPhrase } from '../../core/labels-record.ts';
import type { LayerProvenance } from '../../datasets/label-layer-provenance.ts';
import type { LayerPanel } from '../../experts/pictures.ts';
import { labelColour } from '../../run/pictures.ts';
import type { Table } from '../table.ts';
import { oneLine } from '../text.ts';
import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { drawTable } from './table.ts';

/** One page for a label layer: its tables, pictures of a few images, and where it comes from. */
export function layerPage(
  provenance: LayerProvenance,
  tables: readonly Table[],
  panels: readonly LayerPanel[],
): string {
  const { data, experts, taxonomy, classNames, scores, startedAt, densebench } = provenance;
  const title = `Labels for ${data.title}`;
  const style: Markup = { markup: STYLE };
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${oneLine(title)} · densebench</title><style>${style}</style></head>
<body><main><article>
<header><h1>${title}</h1>
<p class="lead">${expertsPhrase(experts)}, classes of ${taxonomy}</p></header>
${tables.map((table, i) => html`<section><h2>${table.title}</h2>${drawTable(table, `t${i + 1}`)}</section>`)}
<section><h2>Pictures</h2>
${panels.map(drawPanel)}
<details><summary>Colours of the classes</summary><ul class="key">${classNames.map(
    (name, i) => html`<li><i style="background:rgb(${labelColour(i).join(' ')})"></i>${name}</li>`,
  )}</ul></details>
<p class="small muted">Scores: white is sure. Error: red is wrong, light is right, black has no truth or no label.</p></section>
<section><h2>Provenance</h2><dl class="pairs">
<dt>Data</dt><dd>${data.id}, split ${data.split}, ${data.count} images${data.isSample ? ' (sample data)' : ''}</dd>
${experts.map(({ id, weightsSha256, backend }) => html`<dt>Expert</dt><dd>${id}, weights ${weightsSha256 ?? 'unknown'}, ${backend.id} ${backend.version} on ${backend.device}</dd>`)}
<dt>Scores</dt><dd>${scores.join(', ')}</dd>
<dt>Made</dt><dd>${startedAt}, densebench ${densebench}</dd>
</dl></section>
</article></main></body></html>
`.markup;
}

const drawPanel = ({ sample, pictures }: LayerPanel): Markup =>
  html`<h3><code>${sample}</code></h3><div class="pictures" style="--columns:${Math.min(4, pictures.length)}">
${pictures.map(
  ({ caption, pngBase64 }) =>
    html`<figure><img alt="${caption} of ${sample}" src="data:image/png;base64,${pngBase64}"><figcaption>${caption}</figcaption></figure>`,
)}</div>
`;

import type { Panel, RunRecord } from '../../core/record.ts';
import { labelColour } from '../../run/panels.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Pictures of a few samples: image, truth, then each entry's predictions, as the run kept them. */
export function panelSection(panels: readonly Panel[], record: RunRecord): Markup {
  if (panels.length === 0) return NOTHING;
  const captions = new Set(panels.flatMap(({ images }) => images.map(({ caption }) => caption)));
  const shows = (task: string) => [...captions].some((caption) => caption.endsWith(task));
  return html`<section id="pictures"><h2>Pictures</h2>
${panels.map(
  ({ sample, images }) => html`<h3><code>${sample}</code></h3><div class="pictures">
${images.map(
  ({ caption, pngBase64 }) =>
    html`<figure><img alt="${caption} of ${sample}" src="data:image/png;base64,${pngBase64.replace(/[^A-Za-z0-9+/=]/g, '')}"><figcaption>${caption}</figcaption></figure>`,
)}</div>
`,
)}
${shows('segmentation') && record.data.classNames.length > 0 ? classKey(record.data.classNames) : NOTHING}
<p class="small muted">${[
    ...(shows('segmentation') ? ['Segmentation: one colour for each class, black where the truth is ignored.'] : []),
    ...(shows('depth')
      ? ['Depth: near is bright, over the range of the truth of the same image; black where nothing was measured.']
      : []),
    ...(shows('normals') ? ['Normals: right is red, up is green, towards the camera is blue.'] : []),
  ].join(' ')}</p></section>`;
}

const classKey = (names: readonly string[]) =>
  html`<details><summary>Colours of the classes</summary><ul class="key">${names.map(
    (name, i) => html`<li><i style="background:rgb(${labelColour(i).join(' ')})"></i>${name}</li>`,
  )}</ul></details>`;

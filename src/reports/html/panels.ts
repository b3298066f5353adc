import type { Panel, PanelImage, RunRecord } from '../../core/record.ts';
import { TASKS, type Task } from '../../core/tasks.ts';
import { labelColour } from '../../run/pictures.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Pictures of a few samples: one row for each task, the image and the truth first, then each entry's prediction. */
export function panelSection(panels: readonly Panel[], record: RunRecord): Markup {
  if (panels.length === 0) return NOTHING;
  const tasks = TASKS.filter((task) => panels.some(({ images }) => images.some((image) => image.task === task)));
  const captionOf = captions(record);
  const legends = tasks.map((task) => LEGENDS[task]).join(' ');
  return html`<section><h2>Pictures</h2>
${panels.map((panel) => drawPanel(panel, captionOf))}
${tasks.includes('segmentation') && record.data.classNames.length > 0 ? classKey(record.data.classNames) : NOTHING}
<p class="small muted">${legends}</p></section>`;
}

const LEGENDS: Readonly<Record<Task, string>> = {
  segmentation: 'Segmentation: one colour for each class, black where the truth is ignored.',
  depth: 'Depth: near is bright, over the range of the truth of the same image; black where nothing was measured.',
  normals: 'Normals: right is red, up is green, towards the camera is blue.',
};

function drawPanel({ sample, images }: Panel, captionOf: (image: PanelImage) => string): Markup {
  const rows = TASKS.map((task) => images.filter((image) => image.task === task)).filter((row) => row.length > 0);
  const columns = 1 + Math.max(0, ...rows.map((row) => row.length));
  const drawn = (image: PanelImage, place: string) => drawImage(sample, captionOf(image), image.pngBase64, place);
  return html`<h3><code>${sample}</code></h3><div class="pictures" style="--columns:${columns}">
${images.filter(({ task }) => task === undefined).map((image) => drawn(image, 'first'))}
${rows.flatMap((row) => row.map((image, i) => drawn(image, i === 0 ? 'second' : '')))}</div>
`;
}

/** "truth, depth", "<title of the entry>, depth". */
function captions({ entries }: RunRecord): (image: PanelImage) => string {
  const titles = new Map(entries.map(({ id, title }) => [id, title]));
  return ({ who, task }) => [titles.get(who) ?? who, ...(task ? [task] : [])].join(', ');
}

const drawImage = (sample: string, caption: string, pngBase64: string, place: string) =>
  html`<figure class="${place}"><img alt="${caption} of ${sample}" src="data:image/png;base64,${pngBase64.replace(/[^A-Za-z0-9+/=]/g, '')}"><figcaption>${caption}</figcaption></figure>`;

const classKey = (names: readonly string[]) =>
  html`<details><summary>Colours of the classes</summary><ul class="key">${names.map(
    (name, i) => html`<li><i style="background:rgb(${labelColour(i).join(' ')})"></i>${name}</li>`,
  )}</ul></details>`;

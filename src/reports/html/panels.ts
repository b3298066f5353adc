import type { Panel, RunRecord } from '../../core/record.ts';
import { TASKS, type Task } from '../../core/tasks.ts';
import { labelColour } from '../../run/panels.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Pictures of a few samples: one row for each task, the image and the truth first, then each entry's prediction. */
export function panelSection(panels: readonly Panel[], record: RunRecord): Markup {
  if (panels.length === 0) return NOTHING;
  const tasks = TASKS.filter((task) => panels.some(({ images }) => images.some(({ caption }) => isOf(task, caption))));
  const legends = tasks.map((task) => LEGENDS[task]).join(' ');
  return html`<section><h2>Pictures</h2>
${panels.map(drawPanel)}
${tasks.includes('segmentation') && record.data.classNames.length > 0 ? classKey(record.data.classNames) : NOTHING}
<p class="small muted">${legends}</p></section>`;
}

const LEGENDS: Readonly<Record<Task, string>> = {
  segmentation: 'Segmentation: one colour for each class, black where the truth is ignored.',
  depth: 'Depth: near is bright, over the range of the truth of the same image; black where nothing was measured.',
  normals: 'Normals: right is red, up is green, towards the camera is blue.',
};

/** A run captions its pictures "image", "truth depth", "<entry> depth". */
const isOf = (task: Task, caption: string) => caption.endsWith(` ${task}`);

function drawPanel({ sample, images }: Panel): Markup {
  const rows = TASKS.map((task) => images.filter(({ caption }) => isOf(task, caption))).filter((row) => row.length > 0);
  const others = images.filter(({ caption }) => !TASKS.some((task) => isOf(task, caption)));
  const columns = 1 + Math.max(others.length - 1, ...rows.map((row) => row.length));
  return html`<h3><code>${sample}</code></h3><div class="pictures" style="--columns:${columns}">
${others.slice(0, 1).map((image) => drawImage(sample, image, 'first'))}
${rows.flatMap((row) => row.map((image, i) => drawImage(sample, image, i === 0 ? 'second' : '')))}
${others.slice(1).map((image) => drawImage(sample, image, ''))}</div>
`;
}

const drawImage = (sample: string, { caption, pngBase64 }: Panel['images'][number], place: string) =>
  html`<figure class="${place}"><img alt="${caption} of ${sample}" src="data:image/png;base64,${pngBase64.replace(/[^A-Za-z0-9+/=]/g, '')}"><figcaption>${caption}</figcaption></figure>`;

const classKey = (names: readonly string[]) =>
  html`<details><summary>Colours of the classes</summary><ul class="key">${names.map(
    (name, i) => html`<li><i style="background:rgb(${labelColour(i).join(' ')})"></i>${name}</li>`,
  )}</ul></details>`;

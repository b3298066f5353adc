import type { LogLine, LossLine, ValidationLine } from '../../training/log.ts';
import type { Recipe } from '../../training/recipe.ts';
import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

const WIDTH = 460;
const HEIGHT = 200;
const MARGIN = { left: 52, right: 12, top: 12, bottom: 30 };
const COLOURS = ['var(--c2)', 'var(--c3)', 'var(--bad)', 'var(--c1)'];

/** The page of a training: losses of each task and the figures of each validation over the images seen. */
export function curvesPage(recipe: Recipe, log: readonly LogLine[]): string {
  const losses = log.filter((line): line is LossLine => line.kind === 'loss');
  const validations = log.filter((line): line is ValidationLine => line.kind === 'validation');
  const charts = [
    ...recipe.network.tasks.map((task) =>
      chart(`Loss: ${task}`, [
        {
          name: task,
          points: losses.flatMap(({ images, losses: { [task]: y } }) => (y === undefined ? [] : { x: images, y })),
        },
      ]),
    ),
    chart('Learning rate', [
      { name: 'rate', points: losses.map(({ images, learningRate }) => ({ x: images, y: learningRate })) },
    ]),
    ...keysOf(validations).map((key) =>
      chart(
        `On images held back: ${key}`,
        Object.keys(validations[0].figures).flatMap((id) =>
          // A figure at half the size is none at full size: no line joins the two.
          [true, false].map((half) => ({
            name: half ? `${id}, half size` : id,
            points: validations.flatMap(({ images, isHalf, figures }) => {
              const y = figures[id]?.[key];
              return y === undefined || isHalf !== half ? [] : [{ x: images, y }];
            }),
          })),
        ),
      ),
    ),
  ];
  const last = losses.at(-1);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training of ${recipe.id}</title><style>${{ markup: STYLE + OWN_STYLE }}</style></head>
<body><main><h1>${recipe.title}</h1>
<p class="lead">Training of recipe <code>${recipe.id}</code>, seed ${recipe.seed}: ${last?.images ?? 0} of ${recipe.images} images seen in ${minutes(last?.seconds ?? 0)}.</p>
<div class="charts">${charts}</div></main></body></html>
`;
  return page.markup;
}

const OWN_STYLE = `
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 1.2rem; margin-top: 1.5rem; }
figure.curve { margin: 0; } figure.curve figcaption { font-weight: 600; font-size: .93rem; margin-bottom: .2rem; }
.curve svg { width: 100%; height: auto; } .curve text { font-size: 11px; fill: var(--muted); }
.curve .axis { stroke: var(--line); }
`;

function keysOf(validations: readonly ValidationLine[]): string[] {
  return [...new Set(validations.flatMap((line) => Object.values(line.figures).flatMap(Object.keys)))];
}

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;

function chart(title: string, curves: readonly Curve[]): Markup {
  const drawn = curves.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0)
    return html`<figure class="curve"><figcaption>${title}</figcaption><p class="muted">nothing yet</p></figure>`;
  const right = Math.max(...all.map(({ x }) => x));
  const top = Math.max(...all.map(({ y }) => y));
  const bottom = Math.min(0, ...all.map(({ y }) => y));
  const px = (x: number) => MARGIN.left + (x / right) * (WIDTH - MARGIN.left - MARGIN.right);
  const py = (y: number) =>
    HEIGHT - MARGIN.bottom - ((y - bottom) / (top - bottom || 1)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const lines = drawn.map(({ name, points }, i) => {
    const path = points.map(({ x, y }) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ');
    const [only] = points;
    const dot =
      points.length === 1
        ? html`<circle cx="${px(only.x).toFixed(1)}" cy="${py(only.y).toFixed(1)}" r="2.5" fill="${COLOURS[i % COLOURS.length]}"/>`
        : html``;
    const label =
      drawn.length > 1
        ? html`<text x="${WIDTH - MARGIN.right}" y="${MARGIN.top + 12 * (i + 1)}" text-anchor="end" style="fill:${COLOURS[i % COLOURS.length]}">${name}</text>`
        : html``;
    return html`<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.6"/>${dot}${label}`;
  });
  const ticks = [bottom, (bottom + top) / 2, top].map(
    (y) =>
      html`<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}"/><text x="${MARGIN.left - 6}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${Number(y.toPrecision(3))}</text>`,
  );
  return html`<figure class="curve"><figcaption>${title}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${ticks}${lines}<text x="${MARGIN.left}" y="${HEIGHT - 10}">0</text><text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 10}" text-anchor="end">${right} images</text></svg></figure>`;
}

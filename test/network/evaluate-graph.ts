import type { Tensor } from '../../src/core/predictor.ts';
import { BATCHNORM_EPSILON, type ConvNode, type Graph, POOL_KERNEL, paddingOf } from '../../src/network/graph.ts';
import { inferShapes, type Shape } from '../../src/network/shapes.ts';
import type { Weights } from '../../src/network/weights.ts';

type Plane = { readonly shape: Shape; readonly data: Float64Array };

/** The graph by its definitions, in float64, one loop per operator and nothing folded: slow, for small images only. */
export function evaluateGraph(graph: Graph, weights: Weights, image: Tensor): Record<string, Float64Array> {
  const [, , height, width] = image.shape;
  const shapes = inferShapes(graph, { width, height });
  const values: Plane[] = [];
  const of = (name: string) => weights.get(name)!.data;
  for (const [id, node] of graph.nodes.entries()) {
    const [a, b] = node.inputs.map((input) => values[input]);
    const shape = shapes[id];
    if (node.op === 'input') values.push({ shape, data: Float64Array.from(image.data) });
    else if (node.op === 'conv') values.push(convolve(a, node, shape, of));
    else if (node.op === 'add') values.push({ shape, data: a.data.map((value, i) => value + b.data[i]) });
    else if (node.op === 'relu6') values.push({ shape, data: a.data.map((value) => Math.min(6, Math.max(0, value))) });
    else if (node.op === 'maxpool') values.push(pool(a));
    else if (node.op === 'upsample') values.push(upsample(a, shape));
    else {
      const [gamma, beta] = [of(`${node.name}.weight`), of(`${node.name}.bias`)];
      const [mean, variance] = [of(`${node.name}.running_mean`), of(`${node.name}.running_var`)];
      const area = shape[1] * shape[2];
      const normalised = a.data.map((value, i) => {
        const c = Math.floor(i / area);
        return ((value - mean[c]) / Math.sqrt(variance[c] + BATCHNORM_EPSILON)) * gamma[c] + beta[c];
      });
      values.push({ shape, data: normalised });
    }
  }
  return Object.fromEntries(graph.outputs.map(({ task, node }) => [task, values[node].data]));
}

function convolve(input: Plane, node: ConvNode, shape: Shape, of: (name: string) => Float32Array): Plane {
  const { kernel, stride, groups, inChannels, outChannels } = node;
  const weight = of(`${node.name}.weight`);
  const perGroup = inChannels / groups;
  const data = build(shape, (c, y, x) => {
    let sum = node.bias ? of(`${node.name}.bias`)[c] : 0;
    const firstIn = Math.floor((c * groups) / outChannels) * perGroup;
    for (let i = 0; i < perGroup; i++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const value = at(
            input,
            firstIn + i,
            y * stride + ky - paddingOf(kernel),
            x * stride + kx - paddingOf(kernel),
          );
          if (value !== undefined) sum += value * weight[((c * perGroup + i) * kernel + ky) * kernel + kx];
        }
    return sum;
  });
  return { shape, data };
}

function pool(input: Plane): Plane {
  const data = build(input.shape, (c, y, x) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let ky = 0; ky < POOL_KERNEL; ky++)
      for (let kx = 0; kx < POOL_KERNEL; kx++)
        best = Math.max(best, at(input, c, y + ky - paddingOf(POOL_KERNEL), x + kx - paddingOf(POOL_KERNEL)) ?? best);
    return best;
  });
  return { shape: input.shape, data };
}

function upsample(input: Plane, shape: Shape): Plane {
  const [, fromHeight, fromWidth] = input.shape;
  const data = build(shape, (c, y, x) => {
    const [y0, y1, dy] = neighbours(y, fromHeight, shape[1]);
    const [x0, x1, dx] = neighbours(x, fromWidth, shape[2]);
    const row = (yy: number) => at(input, c, yy, x0)! * (1 - dx) + at(input, c, yy, x1)! * dx;
    return row(y0) * (1 - dy) + row(y1) * dy;
  });
  return { shape, data };
}

/** Half-pixel centres, edges replicated. */
function neighbours(i: number, from: number, to: number): [number, number, number] {
  const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
  const low = Math.floor(source);
  return [low, Math.min(from - 1, low + 1), source - low];
}

function at({ shape: [, height, width], data }: Plane, c: number, y: number, x: number): number | undefined {
  return y < 0 || x < 0 || y >= height || x >= width ? undefined : data[(c * height + y) * width + x];
}

function build([channels, height, width]: Shape, value: (c: number, y: number, x: number) => number): Float64Array {
  const data = new Float64Array(channels * height * width);
  for (let c = 0, i = 0; c < channels; c++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[i++] = value(c, y, x);
  return data;
}

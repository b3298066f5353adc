import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMat5 } from '../../src/formats/mat5.ts';

export const MINI = { frames: 7, width: 6, height: 4 };
const { frames: N, width: W, height: H } = MINI;

/** One dataset of the official layout, numbers in file order. */
export interface MiniArray {
  data: Uint8Array | Uint16Array | Float32Array | Float64Array;
  shape: number[];
  chunks?: number[];
}

/** Closed forms, so that a test knows every pixel without this code: see `expectedPixel`. */
export function miniArrays(): Record<string, MiniArray> {
  const fill = <A extends MiniArray['data']>(data: A, shape: number[], value: (i: number[]) => number): MiniArray => {
    for (let i = 0; i < data.length; i++) {
      const index: number[] = [];
      for (let axis = shape.length - 1, rest = i; axis >= 0; rest = Math.floor(rest / shape[axis]), axis--)
        index.unshift(rest % shape[axis]);
      data[i] = value(index);
    }
    return { data, shape };
  };
  const plane = [N, W, H];
  return {
    images: fill(new Uint8Array(N * 3 * W * H), [N, 3, W, H], ([n, c, x, y]) => n * 30 + c * 7 + x + y * W),
    labels: fill(new Uint16Array(N * W * H), plane, ([n, x, y]) => (n + x * H + y) % 41),
    rawDepths: fill(new Float32Array(N * W * H), plane, ([n, x, y]) => (x === y ? 0 : 1 + n + x / 8 + y / 64)),
    depths: fill(new Float32Array(N * W * H), plane, ([n, x, y]) => 1 + n + x / 8 + y / 64),
  };
}

/** What a loader must give at frame n, row y, column x. Labels are mapped by k -> k - 1, 0 -> 255. */
export const expectedPixel = (n: number, y: number, x: number) => ({
  rgb: [0, 1, 2].map((c) => n * 30 + c * 7 + x + y * W),
  label: (n + x * H + y) % 41 === 0 ? 255 : ((n + x * H + y) % 41) - 1,
  raw: x === y ? Number.NaN : 1 + n + x / 8 + y / 64,
  inpainted: 1 + n + x / 8 + y / 64,
});

/** Writes a data set of the official layout, as changed by `change`, with splits and a class map of identity. */
export async function writeMini(
  directory: string,
  change: (arrays: Record<string, MiniArray>) => void = () => {},
  scenes: readonly string[] = Array.from({ length: N }, (_, n) => `room_000${n >> 1}`),
): Promise<void> {
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const arrays = miniArrays();
  change(arrays);
  const file = new h5.File(join(directory, 'nyu_depth_v2_labeled.mat'), 'w');
  const types = { Uint8Array: '<B', Uint16Array: '<H', Float32Array: '<f', Float64Array: '<d' } as const;
  for (const [name, { data, shape, chunks }] of Object.entries(arrays)) {
    const dtype = types[data.constructor.name as keyof typeof types];
    file.create_dataset({ name, data, shape, chunks, dtype });
  }
  const references = scenes.map((scene, i) => {
    const data = Uint16Array.from(scene, (letter) => letter.charCodeAt(0));
    return file.create_dataset({ name: `scene${i}`, data, dtype: '<H' }).create_reference();
  });
  file.create_dataset({ name: 'scenes', data: references, shape: [1, references.length], dtype: 'Reference' });
  file.close();
  writeFileSync(join(directory, 'splits.mat'), encodeMat5({ trainNdxs: [2, 4, 6], testNdxs: [1, 3, 5, 7] }));
  const identity = Array.from({ length: 40 }, (_, k) => k + 1);
  writeFileSync(join(directory, 'classMapping40.mat'), encodeMat5({ mapClass: identity }));
  writeFileSync(
    join(directory, 'class13Mapping.mat'),
    encodeMat5({ labels13: identity.map((k) => ((k - 1) % 13) + 1) }),
  );
}

/** The side file of procedural data: normals [N][3][W][H]. */
export async function writeMiniSide(directory: string, normals: Float32Array, frames = N): Promise<void> {
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const file = new h5.File(join(directory, 'densebench_side.h5'), 'w');
  file.create_dataset({ name: 'normals', data: normals, shape: [frames, 3, W, H], dtype: '<f' });
  file.close();
}

import { crc32 } from 'node:zlib';
import { ResourceError } from '../../core/errors.ts';
import type { Tensor } from '../../core/predictor.ts';
import type { LabelArray } from '../../core/raster.ts';
import type { Maps } from '../../core/tasks.ts';
import { TASKS, type Task } from '../../core/tasks.ts';
import type { Size } from '../postprocess.ts';
import { type ArrayHeader, DTYPES, type Dtype, ProtocolError, type Ready, type Result } from './protocol.ts';

type Values = InstanceType<(typeof DTYPES)[Dtype]['view']>;

/** Far above any honest answer: 512 float32 values for each pixel of the image. docs/process-backend.md states these. */
const LIMIT_BYTES_PER_PIXEL = 2048;
const LIMIT_FLOOR_BYTES = 2 ** 20;
/** One block of memory must hold the answer. */
const LIMIT_CEILING_BYTES = 2 ** 31;

/**
 * How many bytes follow a header, checked before any of them is read.
 * @throws ProtocolError when the lengths contradict each other or are beyond reason.
 */
export function payloadBytes({ arrays, bytes }: Result, image: Size): number {
  const wanted = arrays.reduce((sum, { shape, dtype }) => sum + elements(shape) * DTYPES[dtype].bytes, 0);
  if (wanted !== bytes)
    throw new ProtocolError(
      `it announces ${bytes} bytes for arrays (${arrays.map(show).join(', ')}) that make ${wanted}`,
    );
  const wide = Math.max(LIMIT_FLOOR_BYTES, image.height * image.width * LIMIT_BYTES_PER_PIXEL);
  const limit = Math.min(LIMIT_CEILING_BYTES, wide);
  if (bytes > limit)
    throw new ProtocolError(
      `it announces ${bytes} bytes for an image of ${image.width}x${image.height}; ${limit} are the most that is read`,
    );
  return bytes;
}

/** @throws ProtocolError when the bytes are not those of which the header gives the sum. */
export function checkSum({ crc32: wanted }: Result, payload: Uint8Array): void {
  if (wanted === undefined) return;
  const found = crc32(payload);
  if (found !== wanted)
    throw new ProtocolError(
      `the CRC-32 of its arrays is ${found}, its header says ${wanted}; does something print into the middle of them?`,
    );
}

function byName(
  { arrays }: Result,
  payload: Uint8Array<ArrayBuffer>,
): Map<string, { header: ArrayHeader; data: Values }> {
  let at = 0;
  return new Map(
    arrays.map((header) => {
      const { bytes, view: View } = DTYPES[header.dtype];
      const size = elements(header.shape) * bytes;
      // A copy where the arrays before leave it unaligned.
      const start = at % bytes === 0 ? at : 0;
      const buffer = at % bytes === 0 ? payload.buffer : payload.slice(at, at + size).buffer;
      at += size;
      return [header.name, { header, data: new View(buffer, start, size / bytes) }] as const;
    }),
  );
}

/**
 * Maps as the program made them: labels [height, width] of whole numbers, depth [height, width] float32 in metres,
 * normals [height, width, 3] float32 in the camera frame. NaN and infinities are handed on.
 * @throws ResourceError for a map that is missing, of another size or of another type.
 */
export function mapsOf(
  result: Result,
  payload: Uint8Array<ArrayBuffer>,
  tasks: readonly Task[],
  { height, width }: Size,
  where: string,
): Maps {
  const arrays = byName(result, payload);
  for (const name of arrays.keys())
    if (!(TASKS as readonly string[]).includes(name))
      throw new ResourceError(`${where}: an array "${name}"; maps are named ${TASKS.join(', ')}`);
  const one = (task: Task) => {
    const channels = task === 'normals' ? 3 : 1;
    const array = arrays.get(task);
    if (!array) throw new ResourceError(`${where}: no "${task}" among its arrays (${[...arrays.keys()].join(', ')})`);
    const { header, data } = array;
    const shapes =
      channels === 3
        ? [[height, width, 3]]
        : [
            [height, width],
            [height, width, 1],
          ];
    if (!shapes.some((shape) => shape.join() === header.shape.join()))
      throw new ResourceError(
        `${where}: ${show(header)}; the shape must be [${shapes[0].join(', ')}], as the request says`,
      );
    const isFloat = data instanceof Float32Array;
    if (isFloat === (task === 'segmentation'))
      throw new ResourceError(
        `${where}: ${show(header)}; ${task === 'segmentation' ? 'class ids are uint8, uint16 or int32' : 'float32 is needed'}`,
      );
    return [task, { height, width, channels, data: data as LabelArray & Float32Array }] as const;
  };
  return Object.fromEntries(tasks.map(one));
}

/** The raw outputs of a network, by name. @throws ResourceError for one that is missing. */
export function tensorsOf(
  result: Result,
  payload: Uint8Array<ArrayBuffer>,
  { outputs }: NonNullable<Ready['raw']>,
  where: string,
): Record<string, Tensor> {
  const arrays = byName(result, payload);
  const wanted = TASKS.flatMap((task) => outputs[task]?.name ?? []);
  return Object.fromEntries(
    wanted.map((name) => {
      const array = arrays.get(name);
      if (!array) throw new ResourceError(`${where}: no "${name}" among its arrays (${[...arrays.keys()].join(', ')})`);
      const { header, data } = array;
      return [name, { shape: header.shape, data: data instanceof Float32Array ? data : Float32Array.from(data) }];
    }),
  );
}

const elements = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);
const show = ({ name, dtype, shape }: ArrayHeader): string => `"${name}" is ${dtype} [${shape.join(', ')}]`;

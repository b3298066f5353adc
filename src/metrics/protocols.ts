import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import {
  type DepthProtocol,
  type DepthTruth,
  type NonFiniteRule,
  PROTOCOL_PRESETS,
  type Protocol,
  type ProtocolId,
  type ProtocolPreset,
  type TaskProtocols,
} from '../core/protocol.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import type { Task } from '../core/tasks.ts';

/** @throws UsageError with the nearest name. */
export function presetOf(id: string): ProtocolPreset {
  if (!Object.hasOwn(PROTOCOL_PRESETS, id))
    throw new UsageError(unknownName('protocol', id, Object.keys(PROTOCOL_PRESETS)));
  return PROTOCOL_PRESETS[id as ProtocolId];
}

/** What a data set adds to a preset. */
export interface ProtocolData {
  /** Left out where there is no segmentation. */
  readonly classes?: number;
  readonly taxonomy?: string;
  readonly ignore?: number;
  readonly depthTruth?: DepthTruth;
}

/** A preset and a data set make a protocol. @throws UsageError for an unknown preset, with the nearest name. */
export function resolveProtocol(presetId: string, data: ProtocolData): Protocol {
  const preset = presetOf(presetId);
  const { classes, taxonomy = 'unknown', ignore = IGNORE_LABEL, depthTruth = 'as-given' } = data;
  return {
    id: presetId,
    segmentation: classes === undefined ? undefined : { classes, ignore, taxonomy },
    depth: { ...preset.depth, truth: depthTruth },
    normals: preset.normals,
  };
}

const NON_FINITE_WORDS: Record<NonFiniteRule, string> = {
  strict: 'predictions as they are; a non-finite one makes the readings undefined',
  'abs-strict': '|prediction|; a non-finite one makes the readings undefined',
  clamp: 'predictions clamped to the range, NaN to its minimum',
  'abs-first': '|prediction|, clamped to the range, NaN to its minimum',
};

const WORDS: { readonly [T in Task]: (protocol: TaskProtocols[T]) => string } = {
  segmentation: ({ classes, ignore, taxonomy }) =>
    `${classes} classes (0..${classes - 1}, list "${taxonomy}"), truth ${ignore} does not count, predictions outside the classes are wrong`,
  depth: (protocol) =>
    [
      `truth ${protocol.truth}, counted where ${depthRange(protocol)}`,
      protocol.crop === 'none' ? 'no crop' : `crop ${protocol.crop}`,
      protocol.scaling === 'none' ? 'no scaling' : 'each prediction scaled to the median of its truth',
      NON_FINITE_WORDS[protocol.nonFinite],
    ].join('; '),
  normals: ({ crop }) =>
    `angles over every pixel that has a true normal${crop === 'none' ? ', no crop' : ` inside the crop ${crop}`}; a zero vector counts as 90 deg`,
};

function depthRange({ minimumM, maximumM }: DepthProtocol): string {
  return maximumM === null ? `${minimumM} m < truth` : `${minimumM} m < truth < ${maximumM} m`;
}

/** A protocol in words, for people. */
export function describeProtocol<T extends Task>(task: T, protocol: TaskProtocols[T]): string {
  return WORDS[task](protocol);
}

import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { DepthTruth, Protocol } from '../core/protocol.ts';
import {
  PROTOCOL_IDS,
  PROTOCOL_PRESETS,
  type ProtocolId,
  type ProtocolPreset,
  presetsFor,
} from '../core/protocol-presets.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import type { Task } from '../core/tasks.ts';

/** @throws UsageError with the nearest name. */
export function presetOf(id: string): ProtocolPreset {
  if (!Object.hasOwn(PROTOCOL_PRESETS, id)) throw new UsageError(unknownName('protocol', id, PROTOCOL_IDS));
  return PROTOCOL_PRESETS[id as ProtocolId];
}

/** What a data set adds to a preset. */
export interface ProtocolData {
  /** Left out where there is no segmentation. */
  readonly classes?: number;
  readonly taxonomy?: string;
  readonly depthTruth?: DepthTruth;
}

/** The rules of a preset for one task. @throws UsageError when it has none, naming the presets that do. */
export function presetFor<T extends Task>(id: string, task: T): NonNullable<ProtocolPreset[T]> {
  const rules = presetOf(id)[task];
  if (rules === undefined)
    throw new UsageError(`protocol "${id}" does not cover ${task}; ${presetsFor(task).join(', ')} do`);
  return rules as NonNullable<ProtocolPreset[T]>;
}

/**
 * A preset and a data set make a protocol; a task that the preset does not cover, or the data set does not have, is left
 * out. @throws UsageError for an unknown preset, with the nearest name.
 */
export function resolveProtocol(presetId: string, data: ProtocolData): Protocol {
  const { segmentation, depth, normals } = presetOf(presetId);
  const { classes, taxonomy = 'unknown', depthTruth = 'as-given' } = data;
  return {
    id: presetId,
    ...(segmentation && classes !== undefined && { segmentation: { classes, ignore: IGNORE_LABEL, taxonomy } }),
    ...(depth && { depth: { ...depth, truth: depthTruth } }),
    ...(normals && { normals }),
  };
}

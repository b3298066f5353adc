import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import {
  type DepthTruth,
  PROTOCOL_PRESETS,
  type Protocol,
  type ProtocolId,
  type ProtocolPreset,
} from '../core/protocol.ts';
import { IGNORE_LABEL } from '../core/raster.ts';

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
  readonly depthTruth?: DepthTruth;
}

/** A preset and a data set make a protocol. @throws UsageError for an unknown preset, with the nearest name. */
export function resolveProtocol(presetId: string, data: ProtocolData): Protocol {
  const preset = presetOf(presetId);
  const { classes, taxonomy = 'unknown', depthTruth = 'as-given' } = data;
  return {
    id: presetId,
    segmentation: classes === undefined ? undefined : { classes, ignore: IGNORE_LABEL, taxonomy },
    depth: { ...preset.depth, truth: depthTruth },
    normals: preset.normals,
  };
}

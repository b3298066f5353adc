import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import type { SegmentationProtocol, TaskProtocols } from '../core/protocol.ts';
import type { ProtocolId } from '../core/protocol-presets.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { looksLikePath } from '../formats/catalog.ts';
import {
  NORMALS_ENCODING_IDS,
  type NormalsEncoding,
  normalsEncodingOf,
  normalsEncodingSchema,
} from '../formats/normals-encoding.ts';
import { readYaml } from '../formats/yaml.ts';
import { presetFor } from '../metrics/protocols.ts';
import type { ScoreRequest } from '../run/score.ts';
import {
  CHANGES,
  flagOf,
  oneOf,
  overrideDepth,
  overrideNormals,
  type ProtocolOptions,
  presetIds,
} from './protocol-options.ts';
import { readTargetLabels } from './target-labels.ts';

/** The options as typed; numbers are parsed, names are not looked up yet. */
export interface ScoreOptions extends ProtocolOptions {
  readonly task: string;
  readonly prediction: string;
  readonly target: string;
  readonly mask?: string;
  readonly classes?: number;
  readonly ignore?: number;
  readonly targetLabels?: string;
  readonly predictionScale?: number;
  readonly targetScale?: number;
  readonly predictionEncoding?: string;
  readonly targetEncoding?: string;
  readonly json?: boolean;
}

/** An option that only some tasks understand is refused for the others: it would change nothing. */
const ONLY_FOR: { readonly [K in keyof ScoreOptions]?: readonly Task[] } = {
  ...CHANGES,
  classes: ['segmentation'],
  ignore: ['segmentation'],
  targetLabels: ['segmentation'],
  predictionScale: ['depth'],
  targetScale: ['depth'],
  predictionEncoding: ['normals'],
  targetEncoding: ['normals'],
};

/** What is scored by when no preset is named. */
const PLAIN: ProtocolId = 'plain';

/** A request, and the preset that each of its protocols started from. */
export interface ParsedScore<T extends Task> {
  readonly request: ScoreRequest<T>;
  readonly presets: readonly ProtocolId[];
  /** False where no preset was named, and `plain` is what the user got. */
  readonly isNamed: boolean;
}

/** Checks everything that can be checked before a file is opened. @throws UsageError naming option and value. */
export function scoreRequest(options: ScoreOptions): ParsedScore<Task> {
  const task = oneOf('task', options.task, TASKS);
  for (const [key, tasks] of Object.entries(ONLY_FOR))
    if (options[key as keyof ScoreOptions] !== undefined && !tasks.includes(task))
      throw new UsageError(`${flagOf(key)} does not apply to --task ${task}, only to ${tasks.join(' and ')}`);
  const presets = presetIds(options.protocol ?? PLAIN, [task]);
  for (const preset of presets) presetFor(preset, task);
  const { prediction, target, mask, predictionScale, targetScale } = options;
  const { protocols, targetLabels } = rulesFor(task, presets, options);
  return {
    request: {
      ...{ task, prediction, target, mask, protocols, targetLabels, predictionScale, targetScale },
      predictionEncoding: encodingOf('prediction-encoding', options.predictionEncoding),
      targetEncoding: encodingOf('target-encoding', options.targetEncoding),
    },
    presets,
    isNamed: options.protocol !== undefined,
  };
}

interface Rules {
  readonly protocols: readonly TaskProtocols[Task][];
  readonly targetLabels?: ReadonlyMap<number, number>;
}

function rulesFor(task: Task, presets: readonly ProtocolId[], options: ScoreOptions): Rules {
  if (task === 'normals')
    return { protocols: presets.map((preset) => overrideNormals(presetFor(preset, task), options)) };
  if (task === 'depth')
    return {
      protocols: presets.map((preset) => overrideDepth({ ...presetFor(preset, task), truth: 'as-given' }, options)),
    };
  const { protocol, targetLabels } = segmentationOptions(options);
  return { protocols: presets.map(() => protocol), targetLabels };
}

function segmentationOptions(options: ScoreOptions): {
  protocol: SegmentationProtocol;
  targetLabels?: ReadonlyMap<number, number>;
} {
  const { classes, ignore = IGNORE_LABEL } = options;
  if (classes === undefined)
    throw new UsageError('--task segmentation needs --classes <count>, e.g. --classes 40 for train ids 0..39');
  if (options.targetLabels === undefined) return { protocol: { classes, ignore, taxonomy: 'as-given' } };
  const targetLabels = readTargetLabels(options.targetLabels, { classes, ignore });
  // Another translation makes other classes: figures of both must not share a fingerprint.
  const taxonomy = `as-given, translated by ${fingerprint([...targetLabels].sort(([a], [b]) => a - b))}`;
  return { protocol: { classes, ignore, taxonomy }, targetLabels };
}

/** A name, or a file that describes one. */
function encodingOf(flag: string, value: string | undefined): NormalsEncoding | undefined {
  if (value === undefined) return undefined;
  const encoding = looksLikePath(value)
    ? readYaml(value, normalsEncodingSchema)
    : oneOf(flag, value, NORMALS_ENCODING_IDS);
  return normalsEncodingOf(encoding);
}

import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import {
  CROPS,
  type DepthProtocol,
  FILLS,
  NON_FINITE_RULES,
  SCALINGS,
  type SegmentationProtocol,
  type TaskProtocols,
} from '../core/protocol.ts';
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
import { readTargetLabels } from './target-labels.ts';

/** The options as typed; numbers are parsed, names are not looked up yet. */
export interface ScoreOptions {
  readonly task: string;
  readonly prediction: string;
  readonly target: string;
  readonly mask?: string;
  readonly classes?: number;
  readonly ignore?: number;
  readonly targetLabels?: string;
  readonly protocol?: string;
  readonly min?: number;
  readonly max?: number;
  readonly crop?: string;
  readonly fill?: string;
  readonly scaling?: string;
  readonly nonFinite?: string;
  readonly predictionScale?: number;
  readonly targetScale?: number;
  readonly predictionEncoding?: string;
  readonly targetEncoding?: string;
  readonly json?: boolean;
}

/** An option that only some tasks understand is refused for the others: it would change nothing. */
const ONLY_FOR: { readonly [K in keyof ScoreOptions]?: readonly Task[] } = {
  classes: ['segmentation'],
  ignore: ['segmentation'],
  targetLabels: ['segmentation'],
  min: ['depth'],
  max: ['depth'],
  fill: ['depth'],
  scaling: ['depth'],
  nonFinite: ['depth'],
  predictionScale: ['depth'],
  targetScale: ['depth'],
  predictionEncoding: ['normals'],
  targetEncoding: ['normals'],
  crop: ['depth', 'normals'],
};

/** What depth is scored by when no preset is named: every finite truth above 0. */
const PLAIN_DEPTH: DepthProtocol = {
  truth: 'as-given',
  minimumM: 0,
  maximumM: null,
  crop: 'none',
  scaling: 'none',
  nonFinite: 'strict',
};

/** Checks everything that can be checked before a file is opened. @throws UsageError naming option and value. */
export function scoreRequest(options: ScoreOptions): ScoreRequest<Task> {
  const task = oneOf('task', options.task, TASKS);
  for (const [key, tasks] of Object.entries(ONLY_FOR))
    if (options[key as keyof ScoreOptions] !== undefined && !tasks.includes(task))
      throw new UsageError(`${flagOf(key)} does not apply to --task ${task}, only to ${tasks.join(' and ')}`);
  const { prediction, target, mask } = options;
  const paths = { prediction, target, mask };
  if (task === 'segmentation') {
    const { protocol, targetLabels } = segmentationOptions(options);
    return { task, ...paths, protocol, targetLabels };
  }
  if (task === 'normals')
    return {
      task,
      ...paths,
      protocol: normalsProtocol(options),
      predictionEncoding: encodingOf('prediction-encoding', options.predictionEncoding),
      targetEncoding: encodingOf('target-encoding', options.targetEncoding),
    };
  return {
    task,
    ...paths,
    protocol: depthProtocol(options),
    predictionScale: options.predictionScale,
    targetScale: options.targetScale,
  };
}

function segmentationOptions(options: ScoreOptions): {
  protocol: SegmentationProtocol;
  targetLabels?: ReadonlyMap<number, number>;
} {
  if (options.protocol !== undefined) presetFor(options.protocol, 'segmentation');
  const { classes, ignore = IGNORE_LABEL } = options;
  if (classes === undefined)
    throw new UsageError('--task segmentation needs --classes <count>, e.g. --classes 40 for train ids 0..39');
  if (options.targetLabels === undefined) return { protocol: { classes, ignore, taxonomy: 'as-given' } };
  const targetLabels = readTargetLabels(options.targetLabels, { classes, ignore });
  // Another translation makes other classes: figures of both must not share a fingerprint.
  const taxonomy = `as-given, translated by ${fingerprint([...targetLabels].sort(([a], [b]) => a - b))}`;
  return { protocol: { classes, ignore, taxonomy }, targetLabels };
}

function depthProtocol(options: ScoreOptions): DepthProtocol {
  const base: DepthProtocol =
    options.protocol === undefined ? PLAIN_DEPTH : { ...presetFor(options.protocol, 'depth'), truth: 'as-given' };
  const minimumM = options.min ?? base.minimumM;
  const maximumM = options.max ?? base.maximumM;
  if (maximumM !== null && maximumM <= minimumM)
    throw new UsageError(`--max must be above --min (metres), got --min ${minimumM} and --max ${maximumM}`);
  const fill = options.fill === undefined ? (base.fill ?? 'none') : oneOf('fill', options.fill, FILLS);
  return {
    truth: base.truth,
    minimumM,
    maximumM,
    ...(fill !== 'none' && { fill }),
    crop: options.crop === undefined ? base.crop : oneOf('crop', options.crop, CROPS),
    scaling: options.scaling === undefined ? base.scaling : oneOf('scaling', options.scaling, SCALINGS),
    nonFinite:
      options.nonFinite === undefined ? base.nonFinite : oneOf('non-finite', options.nonFinite, NON_FINITE_RULES),
  };
}

function normalsProtocol(options: ScoreOptions): TaskProtocols['normals'] {
  const base = options.protocol === undefined ? { crop: 'none' as const } : presetFor(options.protocol, 'normals');
  return options.crop === undefined ? base : { ...base, crop: oneOf('crop', options.crop, CROPS) };
}

/** A name, or a file that describes one. */
function encodingOf(flag: string, value: string | undefined): NormalsEncoding | undefined {
  if (value === undefined) return undefined;
  const encoding = looksLikePath(value)
    ? readYaml(value, normalsEncodingSchema)
    : oneOf(flag, value, NORMALS_ENCODING_IDS);
  return normalsEncodingOf(encoding);
}

const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(unknownName(`--${flag}`, value, values));
  return found;
}

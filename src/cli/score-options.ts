import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import {
  CROPS,
  type DepthProtocol,
  NON_FINITE_RULES,
  SCALINGS,
  type SegmentationProtocol,
  type TaskProtocols,
} from '../core/protocol.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { presetOf } from '../metrics/protocols.ts';
import type { ScoreRequest } from '../run/score.ts';
import { readTargetLabels } from './target-labels.ts';

/** The options as typed: all text. */
export interface ScoreOptions {
  readonly task: string;
  readonly prediction: string;
  readonly target: string;
  readonly mask?: string;
  readonly classes?: string;
  readonly ignore?: string;
  readonly targetLabels?: string;
  readonly protocol?: string;
  readonly min?: string;
  readonly max?: string;
  readonly crop?: string;
  readonly scaling?: string;
  readonly nonFinite?: string;
  readonly predictionScale?: string;
  readonly targetScale?: string;
  readonly json?: boolean;
}

/** An option that only some tasks understand is refused for the others: it would change nothing. */
const ONLY_FOR: { readonly [K in keyof ScoreOptions]?: readonly Task[] } = {
  classes: ['segmentation'],
  ignore: ['segmentation'],
  targetLabels: ['segmentation'],
  min: ['depth'],
  max: ['depth'],
  scaling: ['depth'],
  nonFinite: ['depth'],
  predictionScale: ['depth'],
  targetScale: ['depth'],
  crop: ['depth', 'normals'],
};

/** More classes than any label set has; the confusion matrix takes classes squared. */
const MAX_CLASSES = 2048;

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
  if (task === 'normals') return { task, ...paths, protocol: normalsProtocol(options) };
  return {
    task,
    ...paths,
    protocol: depthProtocol(options),
    predictionScale: positive('prediction-scale', options.predictionScale),
    targetScale: positive('target-scale', options.targetScale),
  };
}

function segmentationOptions(options: ScoreOptions): {
  protocol: SegmentationProtocol;
  targetLabels?: ReadonlyMap<number, number>;
} {
  if (options.protocol !== undefined) presetOf(options.protocol);
  if (options.classes === undefined)
    throw new UsageError('--task segmentation needs --classes <count>, e.g. --classes 40 for train ids 0..39');
  const classes = integer('classes', options.classes);
  if (classes < 1 || classes > MAX_CLASSES)
    throw new UsageError(`--classes must be 1 to ${MAX_CLASSES}, got ${options.classes}`);
  const ignore = options.ignore === undefined ? IGNORE_LABEL : integer('ignore', options.ignore);
  if (options.targetLabels === undefined) return { protocol: { classes, ignore, taxonomy: 'as-given' } };
  const targetLabels = readTargetLabels(options.targetLabels, { classes, ignore });
  // Another translation makes other classes: figures of both must not share a fingerprint.
  const taxonomy = `as-given, translated by ${fingerprint([...targetLabels].sort(([a], [b]) => a - b))}`;
  return { protocol: { classes, ignore, taxonomy }, targetLabels };
}

function depthProtocol(options: ScoreOptions): DepthProtocol {
  const preset = options.protocol === undefined ? undefined : presetOf(options.protocol);
  const base: DepthProtocol = preset ? { ...preset.depth, truth: 'as-given' } : PLAIN_DEPTH;
  const minimumM = options.min === undefined ? base.minimumM : number('min', options.min);
  const maximumM = options.max === undefined ? base.maximumM : number('max', options.max);
  if (minimumM < 0) throw new UsageError(`--min must not be below 0 (metres), got ${options.min}`);
  if (maximumM !== null && maximumM <= minimumM)
    throw new UsageError(`--max must be above --min (metres), got --min ${minimumM} and --max ${maximumM}`);
  return {
    truth: base.truth,
    minimumM,
    maximumM,
    crop: options.crop === undefined ? base.crop : oneOf('crop', options.crop, CROPS),
    scaling: options.scaling === undefined ? base.scaling : oneOf('scaling', options.scaling, SCALINGS),
    nonFinite:
      options.nonFinite === undefined ? base.nonFinite : oneOf('non-finite', options.nonFinite, NON_FINITE_RULES),
  };
}

function normalsProtocol(options: ScoreOptions): TaskProtocols['normals'] {
  const preset = options.protocol === undefined ? undefined : presetOf(options.protocol);
  if (options.crop !== undefined) return { crop: oneOf('crop', options.crop, CROPS) };
  return preset?.normals ?? { crop: 'none' };
}

const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(unknownName(`--${flag}`, value, values));
  return found;
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${flag} must be a number, got "${text}"`);
  return value;
}

function integer(flag: string, text: string): number {
  const value = number(flag, text);
  if (!Number.isSafeInteger(value)) throw new UsageError(`--${flag} must be a whole number, got "${text}"`);
  return value;
}

function positive(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = number(flag, text);
  if (value <= 0) throw new UsageError(`--${flag} must be above 0 (metres per stored unit), got "${text}"`);
  return value;
}

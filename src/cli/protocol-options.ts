import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import {
  CROPS,
  type DepthProtocol,
  FILLS,
  NON_FINITE_RULES,
  type NormalsProtocol,
  SCALINGS,
} from '../core/protocol.ts';
import { PROTOCOL_IDS, type ProtocolId, presetsFor } from '../core/protocol-presets.ts';
import type { Task } from '../core/tasks.ts';
import { presetOf } from '../metrics/protocols.ts';
import { alternatives, notNegativeNumber, positiveNumber } from './options.ts';

/** What decides by which rules something is scored, as typed; numbers are parsed, names are not looked up yet. */
export interface ProtocolOptions {
  readonly protocol?: string;
  readonly min?: number;
  readonly max?: number;
  readonly crop?: string;
  readonly fill?: string;
  readonly scaling?: string;
  readonly nonFinite?: string;
}

/** The tasks that each option changes something for. */
export const CHANGES: Readonly<Record<keyof Omit<ProtocolOptions, 'protocol'>, readonly Task[]>> = {
  min: ['depth'],
  max: ['depth'],
  crop: ['depth', 'normals'],
  fill: ['depth'],
  scaling: ['depth'],
  nonFinite: ['depth'],
};

export const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Every preset that covers a task. */
const ALL = 'all';

/** `unless`: what is done where --protocol is not given. */
export function addProtocolOptions(command: Command, unless: string): Command {
  return command
    .option(
      '--protocol <ids>',
      `one preset, several as a,b, or ${ALL}: ${alternatives(PROTOCOL_IDS)}; the options below override it (default: ${unless})`,
    )
    .option('--min <metres>', 'depth: truth counts above this', notNegativeNumber('--min', 'metres'))
    .option('--max <metres>', 'depth: truth counts below this', positiveNumber('--max', 'metres'))
    .option('--crop <name>', `depth, normals: ${alternatives(CROPS)}`)
    .option('--fill <rule>', `depth: how predictions of 0 and NaN are filled: ${alternatives(FILLS)}`)
    .option('--scaling <rule>', `depth: ${alternatives(SCALINGS)}`)
    .option('--non-finite <rule>', `depth: ${alternatives(NON_FINITE_RULES)}`);
}

/** The presets that --protocol names, each once. @throws UsageError for an unknown one, with the nearest name. */
export function presetIds(typed: string, tasks: readonly Task[]): ProtocolId[] {
  if (typed === ALL) return PROTOCOL_IDS.filter((id) => tasks.some((task) => presetsFor(task).includes(id)));
  const ids = typed.split(',').map((id) => id.trim());
  for (const id of ids) presetOf(id);
  return [...new Set(ids as ProtocolId[])];
}

/** @throws UsageError naming option and value. */
export function overrideDepth(base: DepthProtocol, options: ProtocolOptions): DepthProtocol {
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

/** @throws UsageError naming option and value. */
export const overrideNormals = (base: NormalsProtocol, { crop }: ProtocolOptions): NormalsProtocol =>
  crop === undefined ? base : { ...base, crop: oneOf('crop', crop, CROPS) };

export function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(unknownName(`--${flag}`, value, values));
  return found;
}

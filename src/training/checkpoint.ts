import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import { ResourceError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../formats/safetensors.ts';
import type { AdamState } from './adam.ts';
import type { Parameters } from './parameters.ts';

/** All that decides how a training goes on, beside its recipe. */
export interface TrainingState {
  readonly parameters: Parameters;
  readonly adam: AdamState;
  /** Values and running statistics at the best validation so far. */
  readonly best: { readonly values: Float32Array; readonly running: Float32Array };
  progress: TrainingProgress;
}

export interface TrainingProgress {
  /** Steps done. */
  readonly step: number;
  /** Of training alone, over all its parts. */
  readonly seconds: number;
  readonly best?: { readonly step: number; readonly value: number };
  /** Validations since the best one. */
  readonly waited: number;
}

export const checkpointOf = (folder: string): string => join(folder, 'checkpoint.safetensors');

/** What a training would do: name -> value, for words about two that differ. */
export type TrainingPlan = Readonly<Record<string, unknown>>;

/** Whole or not at all: whoever is killed meanwhile finds the one before. */
export function writeCheckpoint(folder: string, plan: TrainingPlan, state: TrainingState): void {
  const bytes = encodeSafetensors(
    new Map(Object.entries(arraysOf(state)).map(([name, data]) => [name, vector(data)])),
    {
      dtype: 'float32',
      metadata: { plan: canonicalJson(plan), progress: JSON.stringify(state.progress) },
    },
  );
  writeAtomically(checkpointOf(folder), bytes);
}

/**
 * Puts a checkpoint's numbers into `state`.
 * @param plan what the training would do; a checkpoint of another one is refused
 * @throws ResourceError where there is none, it is damaged, or of another recipe.
 */
export async function readCheckpoint(folder: string, plan: TrainingPlan, state: TrainingState): Promise<void> {
  const path = checkpointOf(folder);
  const { tensors, metadata } = await requireCheckpoint(folder, plan);
  for (const [name, array] of Object.entries(arraysOf(state))) {
    const found = tensors.get(name);
    if (found?.data.length !== array.length)
      throw new ResourceError(`${path}: "${name}" is not that of this network; delete the file and start anew`);
    array.set(found.data);
  }
  state.progress = JSON.parse(metadata.progress) as TrainingProgress;
}

/**
 * The checkpoint of a folder, where it is of this plan, or of as much of it as is known already.
 * @throws ResourceError as readCheckpoint does
 */
export async function requireCheckpoint(folder: string, plan: TrainingPlan): Promise<Safetensors> {
  const path = checkpointOf(folder);
  if (!existsSync(path))
    throw new ResourceError(`${path}: no checkpoint to go on from; leave out --resume to start the training`);
  const { was, ...found } = readable(path, await readBytes(path));
  const other = Object.keys(plan).filter((key) => canonicalJson(plan[key] ?? null) !== canonicalJson(was[key] ?? null));
  if (other.length > 0)
    throw new ResourceError(
      `${path}: of another training (${other.map((key) => `${key}: ${wordOf(was[key])}, now ${wordOf(plan[key])}`).join('; ')}); give what it was begun with, or start anew with another --output`,
    );
  return found;
}

function readable(path: string, bytes: Uint8Array): Safetensors & { readonly was: TrainingPlan } {
  try {
    const found = decodeSafetensors(bytes, path);
    return { ...found, was: JSON.parse(found.metadata.plan) };
  } catch (error) {
    const message = error instanceof ResourceError ? error.message : `${path}: no checkpoint of this version`;
    throw new ResourceError(`${message}; delete it and start anew, or take another --output`);
  }
}

/** Short values as they are; nobody reads two recipes in one line. */
function wordOf(value: unknown): string {
  const text = canonicalJson(value ?? null);
  return text.length <= 60 ? text : 'another';
}

const arraysOf = ({ parameters, adam, best }: TrainingState): Record<string, Float32Array> => ({
  values: parameters.values,
  running: parameters.running,
  first: adam.first,
  second: adam.second,
  'best.values': best.values,
  'best.running': best.running,
});

const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });

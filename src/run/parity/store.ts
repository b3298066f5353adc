import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Prediction } from '../../core/predictor.ts';
import { type Maps, TASKS } from '../../core/tasks.ts';
import type { NumericArray } from '../../formats/array.ts';
import { writeAtomically } from '../../formats/atomic.ts';
import { encodeNpy, readNpy } from '../../formats/npy.ts';
import type { ComparedOutputs } from './compare.ts';

const FOLDER = 'parity';

/** What is compared need not be kept. */
export const discardParity = (runDirectory: string): void =>
  rmSync(join(runDirectory, FOLDER), { recursive: true, force: true });

/** The outputs of the reference entry, <run>/parity/<sample>/<what>.npy, kept until the run is complete. */
export class ParityStore {
  private readonly directory: string;
  private readonly samples: ReadonlySet<string>;

  constructor(runDirectory: string, samples: Iterable<string>) {
    this.directory = join(runDirectory, FOLDER);
    this.samples = new Set(samples);
  }

  wants(sample: string): boolean {
    return this.samples.has(sample);
  }

  keep(sample: string, prediction: Prediction): void {
    const { logits, maps } = outputsOf(prediction);
    const write = (what: string, shape: readonly number[], data: NumericArray) =>
      writeAtomically(this.fileOf(sample, what), encodeNpy({ shape, data }));
    for (const task of TASKS) {
      const map = maps[task];
      if (map) write(task, [map.height, map.width, map.channels], map.data);
    }
    if (logits) write('logits', [logits.length], logits);
  }

  /** Undefined where the reference failed on this image. */
  async read(sample: string): Promise<ComparedOutputs | undefined> {
    const maps = await Promise.all(TASKS.map(async (task) => [task, await this.readMap(sample, task)] as const));
    const found = maps.filter(([, map]) => map !== undefined);
    if (found.length === 0) return undefined;
    const logits = this.fileOf(sample, 'logits');
    return {
      ...(existsSync(logits) && { logits: (await readNpy(logits)).data as Float32Array }),
      maps: Object.fromEntries(found) as Maps,
    };
  }

  private async readMap(sample: string, what: string) {
    const file = this.fileOf(sample, what);
    if (!existsSync(file)) return undefined;
    const { shape, data } = await readNpy(file);
    return { height: shape[0], width: shape[1], channels: shape[2], data };
  }

  private fileOf(sample: string, what: string): string {
    return join(this.directory, sample, `${what}.npy`);
  }
}

/** The parts of a prediction that parity looks at. */
export function outputsOf({ maps, raw }: Prediction): ComparedOutputs & { readonly logits?: Float32Array } {
  return { maps, ...(raw?.segmentation && { logits: raw.segmentation.data }) };
}

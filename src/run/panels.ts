import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';
import { type AnyRecord, isJointRecord } from '../core/joint-record.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { Panel, PanelImage, RunRecord } from '../core/record.ts';
import { type Maps, TASKS } from '../core/tasks.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { encodePng } from '../formats/png.ts';
import { draw, shrink } from './pictures.ts';

/** What a picture shows; its file is named after it. */
type Slot = Omit<PanelImage, 'pngBase64'>;

const fileOf = (sampleFolder: string, { who, task }: Slot) =>
  join(sampleFolder, task === undefined ? `${who}.png` : `${who} ${task}.png`);

export const PANELS_FOLDER = 'panels';

/**
 * Keeps small pictures of a few samples for the HTML report, <run>/panels/<sample>/. Each is a file of its own, written
 * before the image is journalled, so that a resumed run shows the same pictures as an undisturbed one.
 */
export class PanelStore {
  private readonly directory: string;
  private readonly samples: ReadonlySet<string>;

  constructor(runDirectory: string, samples: Iterable<string>) {
    this.directory = join(runDirectory, PANELS_FOLDER);
    this.samples = new Set(samples);
  }

  wants(sample: string): boolean {
    return this.samples.has(sample);
  }

  keepImage(sample: string, image: RgbRaster): void {
    this.keep(sample, { who: 'image' }, image);
  }

  keepTruth(sample: string, truth: Maps): void {
    for (const task of TASKS) {
      const picture = draw(task, truth, truth);
      if (picture) this.keep(sample, { who: 'truth', task }, picture);
    }
  }

  keepPrediction(sample: string, entry: string, maps: Maps, truth: Maps): void {
    for (const task of TASKS) {
      const picture = truth[task] && draw(task, maps, truth);
      if (picture) this.keep(sample, { who: entry, task }, picture);
    }
  }

  private keep(sample: string, slot: Slot, picture: RgbRaster): void {
    const small = shrink(picture);
    writeAtomically(fileOf(join(this.directory, sample), slot), encodePng({ ...small, channels: 3 }));
  }
}

/**
 * The pictures that a run kept, by sample: the image, the truth, then each entry of the record in its order. None where
 * the run kept none. @throws ResourceError when a picture cannot be read.
 */
export function readPanels(runDirectory: string, { entries }: Pick<RunRecord, 'entries'>): Panel[] {
  const directory = join(runDirectory, PANELS_FOLDER);
  if (!existsSync(directory)) return [];
  const measured = entries.flatMap(({ kind, id }) => (kind === 'measured' ? [id] : []));
  const slots: Slot[] = [
    { who: 'image' },
    ...['truth', ...measured].flatMap((who) => TASKS.map((task) => ({ who, task }))),
  ];
  const samples = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return samples
    .map(({ name }) => name)
    .sort()
    .flatMap((sample) => {
      const images = slots.flatMap((slot) => {
        const file = fileOf(join(directory, sample), slot);
        return existsSync(file) ? [{ ...slot, pngBase64: readPicture(file) }] : [];
      });
      return images.length > 0 ? [{ sample, images }] : [];
    });
}

/** readPanels of a run, or of each of its parts, by the record that they belong to. */
export function readAllPanels(runDirectory: string, record: AnyRecord): Map<RunRecord, Panel[]> {
  if (!isJointRecord(record)) return new Map([[record, readPanels(runDirectory, record)]]);
  return new Map(record.parts.map((part) => [part.record, readPanels(join(runDirectory, part.id), part.record)]));
}

function readPicture(file: string): string {
  try {
    return readFileSync(file).toString('base64');
  } catch (error) {
    throw new ResourceError(`${file}: cannot be read (${messageOf(error)}); the report shows it`);
  }
}

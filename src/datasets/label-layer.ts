import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError, UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { IGNORE_LABEL, type LabelRaster, placeOf, placeWords, type Raster, sameSize } from '../core/raster.ts';
import { readBytes } from '../formats/file.ts';
import { decodePng, type PngImage } from '../formats/png.ts';
import { CONFIDENCE_ONE, type LayerProvenance, readProvenance } from './label-layer-provenance.ts';
import { maskUnsure } from './merge-labels.ts';

/** Pixels whose score is below the threshold (0..1) become 255. */
export interface LabelFilter {
  /** One of provenance.scores. */
  readonly score: string;
  readonly threshold: number;
}

/** Labels that an expert gave to the images of a data set, on disk. */
export interface LabelLayer {
  readonly folder: string;
  readonly provenance: LayerProvenance;
  /**
   * Train ids of one sample at the size of its image, 255 = none or masked by the filter.
   * @throws UsageError for a score that the layer does not have or a threshold outside 0..1; ResourceError for a sample
   * that is not in the layer, and for damaged files.
   */
  labels(id: string, filter?: LabelFilter): Promise<LabelRaster>;
  /** A score of one sample as stored: 0..CONFIDENCE_ONE. @throws as `labels` does. */
  confidence(id: string, score: string): Promise<Confidence>;
}

/** A score of each pixel as stored: level / CONFIDENCE_ONE is the score, 0..1. */
export interface Confidence extends Pick<Raster, 'height' | 'width'> {
  readonly data: Uint16Array;
}

/**
 * The stored level of a score. Thresholds go through the same rounding: a score that reaches the threshold is never
 * masked, and one that is kept lies at most half a step (1/131070) below it.
 */
export const levelOf = (score: number): number => Math.round(score * CONFIDENCE_ONE);

export const labelFile = (folder: string, id: string): string => join(folder, 'labels', `${id}.png`);
export const confidenceFile = (folder: string, score: string, id: string): string =>
  join(folder, 'confidence', score, `${id}.png`);

/** @throws ResourceError where the folder is no label layer or its provenance is damaged. */
export async function openLabelLayer(folder: string): Promise<LabelLayer> {
  const provenance = readProvenance(folder);
  const classes = provenance.classNames.length;
  const again = 'delete the file and run "densebench label" again with the same options';

  async function read(file: string, id: string): Promise<PngImage> {
    if (!existsSync(file))
      throw new ResourceError(
        `${file}: not there. Sample ${id} is not in this label layer of ${provenance.data.id}, split ${provenance.data.split}: ` +
          'finish the layer by running "densebench label" again with the same options, or make one of the right data',
      );
    const png = decodePng(await readBytes(file), file);
    if (png.channels !== 1 || png.palette)
      throw new ResourceError(`${file}: not a grey PNG, so no file of a label layer; ${again}`);
    return png;
  }

  async function labels(id: string, filter?: LabelFilter): Promise<LabelRaster> {
    const level = filter && requireFilter(filter, provenance, folder);
    const file = labelFile(folder, id);
    const { height, width, data, bitDepth } = await read(file, id);
    const bad = data.findIndex((label) => label >= classes && label !== IGNORE_LABEL);
    if (bitDepth !== 8 || bad >= 0)
      throw new ResourceError(
        `${file}: ${bitDepth !== 8 ? '16-bit values are no labels' : `label ${data[bad]} at ${placeWords(placeOf(bad, width))}`}; ` +
          `valid are 0..${classes - 1} and ${IGNORE_LABEL}; ${again}`,
      );
    const all: LabelRaster = { height, width, channels: 1, data };
    if (!filter || level === undefined) return all;
    const scores = await confidence(id, filter.score);
    if (!sameSize(scores, all))
      throw new ResourceError(
        `${confidenceFile(folder, filter.score, id)}: ${scores.height}x${scores.width} (height x width), the labels are ${height}x${width}; ` +
          `delete both and run "densebench label" again with the same options`,
      );
    return maskUnsure(all, scores.data, level);
  }

  async function confidence(id: string, score: string): Promise<Confidence> {
    requireScore(score, provenance, folder);
    const file = confidenceFile(folder, score, id);
    const { height, width, data } = await read(file, id);
    if (!(data instanceof Uint16Array))
      throw new ResourceError(`${file}: 8 bits a value, the confidence of a label layer has 16; ${again}`);
    return { height, width, data };
  }

  return { folder, provenance, labels, confidence };
}

function requireScore(score: string, { scores }: LayerProvenance, folder: string): void {
  if (!scores.includes(score))
    throw new UsageError(
      `label layer ${folder}: ${unknownName('stored score', score, scores)}; another one needs a new layer, labelled with it`,
    );
}

/** The stored level that a pixel must reach. */
function requireFilter({ score, threshold }: LabelFilter, provenance: LayerProvenance, folder: string): number {
  requireScore(score, provenance, folder);
  if (!(threshold >= 0 && threshold <= 1))
    throw new UsageError(`label layer ${folder}: threshold ${threshold} of ${score}; give one from 0 to 1`);
  return levelOf(threshold);
}

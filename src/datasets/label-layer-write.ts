import { existsSync, readdirSync } from 'node:fs';
import { UsageError } from '../core/errors.ts';
import type { LabelRaster } from '../core/raster.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { encodePng } from '../formats/png.ts';
import { confidenceFile, labelFile, levelOf } from './label-layer.ts';
import {
  differences,
  type LayerPlan,
  type LayerProvenance,
  PROVENANCE_FILE,
  provenanceOf,
  readProvenance,
  writeProvenance,
} from './label-layer-provenance.ts';

/** A score of each pixel, 0..1, row-major. */
export type ScoreMaps = ReadonlyMap<string, Float64Array>;

export interface LabelLayerWriter {
  readonly provenance: LayerProvenance;
  /** Whether the labels and all scores of a sample are there. */
  has(id: string): boolean;
  /**
   * @param labels train ids of 8 bits at the size of the image, unfiltered
   * @param scores one map for each score of the provenance
   * @throws ResourceError when the folder cannot be written
   */
  write(id: string, labels: LabelRaster & { readonly data: Uint8Array }, scores: ScoreMaps): void;
}

/**
 * A layer to be written, or to be gone on with where the folder holds one that was made alike.
 * @throws UsageError where the folder holds something else, naming what differs; ResourceError where its provenance is
 * damaged or cannot be written.
 */
export function beginLabelLayer(folder: string, plan: LayerPlan): LabelLayerWriter {
  const provenance = begin(folder, provenanceOf(plan));
  return {
    provenance,
    has: (id) =>
      existsSync(labelFile(folder, id)) &&
      provenance.scores.every((score) => existsSync(confidenceFile(folder, score, id))),
    write(id, labels, scores) {
      const { height, width, data } = labels;
      for (const score of provenance.scores) {
        const map = scores.get(score);
        if (!map) throw new Error(`score ${score} was promised and not given`);
        const levels = new Uint16Array(map.length);
        for (let i = 0; i < levels.length; i++) levels[i] = levelOf(map[i]);
        writeAtomically(confidenceFile(folder, score, id), encodePng({ height, width, channels: 1, data: levels }));
      }
      // Last, so that labels are there only where their scores are.
      writeAtomically(labelFile(folder, id), encodePng({ height, width, channels: 1, data }));
    },
  };
}

/** The lock of a writer lies in its folder. */
const isOwn = (name: string) => name.startsWith('lock') || name.startsWith('.');

function begin(folder: string, wanted: LayerProvenance): LayerProvenance {
  const there = existsSync(folder) ? readdirSync(folder).filter((name) => !isOwn(name)) : [];
  if (there.length > 0 && !there.includes(PROVENANCE_FILE))
    throw new UsageError(`${folder}: holds other files (${there[0]}), and no label layer; choose another --output`);
  if (there.length === 0) {
    writeProvenance(folder, wanted);
    return wanted;
  }
  const found = readProvenance(folder);
  const different = differences(wanted, found);
  if (different.length > 0)
    throw new UsageError(
      `${folder}: holds a label layer that was made otherwise (${different.join(', ')} differ; see its ${PROVENANCE_FILE}); choose another --output, or delete it`,
    );
  return found;
}

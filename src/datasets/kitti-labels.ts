import { IGNORE_LABEL } from '../core/raster.ts';
import { CITYSCAPES_LABEL_IDS, TAXONOMIES } from '../core/taxonomies.ts';
import type { LabelRule } from './truth.ts';

/** Cityscapes has the ids 0 to 33; -1 is a licence plate, stored as 255 where it is stored at all. */
const LAST_LABEL_ID = 33;

/**
 * labelIds -> the six classes of Nekrasov et al. Their own table was never published as code; this one joins the classes
 * of the same name and nothing else: terrain (22) is no vegetation, and truck (27) and bus (28) are no car.
 */
export const KITTI6_OF_LABEL_IDS: LabelRule = {
  table: tableOf(),
  ignore: IGNORE_LABEL,
  valid: `0..${LAST_LABEL_ID}, Cityscapes' labelIds (not its train ids), and ${IGNORE_LABEL}`,
};

function tableOf(): Int16Array {
  const table = new Int16Array(LAST_LABEL_ID + 1).fill(IGNORE_LABEL);
  for (const [id, name] of TAXONOMIES.kitti6.entries()) table[CITYSCAPES_LABEL_IDS[name]] = id;
  return table;
}

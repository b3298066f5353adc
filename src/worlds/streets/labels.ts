import { CITYSCAPES_LABEL_IDS } from '../../core/taxonomies.ts';

/**
 * Of what a street shows. Six of them are the classes of KITTI-6: sky, building, road, sidewalk, vegetation, car. The
 * others count for nothing there: lawns are `terrain`, as KITTI has it.
 */
export const STREET_LABELS = CITYSCAPES_LABEL_IDS;
export type StreetLabel = keyof typeof STREET_LABELS;

/**
 * Class lists in train-id order (id 0 first).
 *
 * nyud40: Gupta et al., CVPR 2013, the order of classMapping40.mat; nyud13: Couprie et al., ICLR 2013, the order of
 * class13Mapping.mat; kitti6: Nekrasov et al., ICRA 2019. Spelling is normalised ("refrigerator").
 */
export const TAXONOMIES = {
  nyud40: [
    ...['wall', 'floor', 'cabinet', 'bed', 'chair', 'sofa', 'table', 'door', 'window', 'bookshelf'],
    ...['picture', 'counter', 'blinds', 'desk', 'shelves', 'curtain', 'dresser', 'pillow', 'mirror', 'floor mat'],
    ...['clothes', 'ceiling', 'books', 'refrigerator', 'television', 'paper', 'towel', 'shower curtain', 'box'],
    ...['whiteboard', 'person', 'night stand', 'toilet', 'sink', 'lamp', 'bathtub', 'bag'],
    ...['other structure', 'other furniture', 'other prop'],
  ],
  nyud13: [
    ...['bed', 'books', 'ceiling', 'chair', 'floor', 'furniture', 'objects', 'picture', 'sofa', 'table'],
    ...['television', 'wall', 'window'],
  ],
  kitti6: ['sky', 'building', 'road', 'sidewalk', 'vegetation', 'car'],
} as const satisfies Record<string, readonly string[]>;

/** Cityscapes' labelIds, in which KITTI's semantics are stored, of the things that densebench names. */
export const CITYSCAPES_LABEL_IDS = {
  unlabelled: 0,
  static: 4,
  road: 7,
  sidewalk: 8,
  parking: 9,
  building: 11,
  wall: 12,
  fence: 13,
  pole: 17,
  sign: 20,
  vegetation: 21,
  terrain: 22,
  sky: 23,
  person: 24,
  car: 26,
} as const;

/** nyud13 id of each nyud40 class, as NYUDv2's class13Mapping.mat gives it (Couprie et al. 2013), there counted from 1. */
export const NYUD40_TO_13: readonly number[] = [
  11, 4, 5, 0, 3, 8, 9, 11, 12, 5, 7, 5, 12, 9, 5, 12, 5, 6, 6, 4, 6, 2, 1, 5, 10, 6, 6, 6, 6, 6, 6, 5, 6, 6, 6, 6, 6,
  6, 5, 6,
];

export type TaxonomyId = keyof typeof TAXONOMIES;

/** The names of a known class list, or undefined for a user's own. */
export function taxonomyNames(id: string): readonly string[] | undefined {
  return Object.hasOwn(TAXONOMIES, id) ? TAXONOMIES[id as TaxonomyId] : undefined;
}

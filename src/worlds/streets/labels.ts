/**
 * KITTI's label ids (those of Cityscapes) of what a street shows. Six of them are the classes of KITTI-6: sky, building,
 * road, sidewalk, vegetation, car. The others count for nothing there: lawns are `terrain`, as KITTI has it.
 */
export const STREET_LABELS = {
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
export type StreetLabel = keyof typeof STREET_LABELS;

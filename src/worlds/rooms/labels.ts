import { TAXONOMIES } from '../../core/taxonomies.ts';

/** Class ids are 1-based places in this list. */
const NYUD40 = TAXONOMIES.nyud40;
type ClassName = (typeof NYUD40)[number];

/**
 * Finer names than the 40 classes, as the original labels are; several share a class, so that the map from labels to
 * classes does real work. A label's id is its place in this list + 1.
 */
const FINE = [
  ['wall', 'wall'], ['floor', 'floor'], ['ceiling', 'ceiling'], ['cabinet', 'cabinet'], ['wardrobe', 'cabinet'],
  ['wall cabinet', 'cabinet'], ['bed', 'bed'], ['chair', 'chair'], ['office chair', 'chair'], ['stool', 'chair'],
  ['sofa', 'sofa'], ['armchair', 'sofa'], ['table', 'table'], ['dining table', 'table'], ['coffee table', 'table'],
  ['door', 'door'], ['door frame', 'door'], ['window', 'window'], ['window frame', 'window'],
  ['bookshelf', 'bookshelf'], ['picture', 'picture'], ['poster', 'picture'], ['counter', 'counter'],
  ['blinds', 'blinds'], ['desk', 'desk'], ['shelves', 'shelves'], ['curtain', 'curtain'], ['dresser', 'dresser'],
  ['pillow', 'pillow'], ['cushion', 'pillow'], ['mirror', 'mirror'], ['floor mat', 'floor mat'],
  ['rug', 'floor mat'], ['clothes', 'clothes'], ['jacket', 'clothes'], ['book', 'books'], ['magazine', 'books'],
  ['refrigerator', 'refrigerator'], ['television', 'television'], ['monitor', 'television'], ['paper', 'paper'],
  ['towel', 'towel'], ['shower curtain', 'shower curtain'], ['box', 'box'], ['whiteboard', 'whiteboard'],
  ['person', 'person'], ['night stand', 'night stand'], ['toilet', 'toilet'], ['sink', 'sink'], ['lamp', 'lamp'],
  ['ceiling lamp', 'lamp'], ['bathtub', 'bathtub'], ['bag', 'bag'], ['backpack', 'bag'],
  ['skirting', 'other structure'], ['radiator', 'other structure'], ['column', 'other structure'],
  ['stove', 'other furniture'], ['ottoman', 'other furniture'], ['tv stand', 'other furniture'],
  ['plant', 'other prop'], ['bottle', 'other prop'], ['cup', 'other prop'], ['bowl', 'other prop'],
  ['vase', 'other prop'], ['keyboard', 'other prop'], ['bin', 'other prop'], ['switch', 'other prop'],
  ['tap', 'other prop'], ['clock', 'other prop'], ['toy', 'other prop'], ['microwave', 'other prop'], ['fruit', 'other prop'],
  ['cutting board', 'other prop'],
] as const satisfies readonly (readonly [string, ClassName])[]; // biome-ignore format: a list of names reads best in rows

export type LabelName = (typeof FINE)[number][0];

/** labelNames[id - 1] names label id. */
export const labelNames: readonly LabelName[] = FINE.map(([name]) => name);
/** labelClasses[id - 1] = class id 1..40 of label id. */
export const labelClasses: readonly number[] = FINE.map(([, name]) => NYUD40.indexOf(name) + 1);

const ids = new Map<string, number>(FINE.map(([name], i) => [name, i + 1]));
export const labelId = (name: LabelName): number => ids.get(name)!;

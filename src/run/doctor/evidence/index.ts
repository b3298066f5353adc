import type { TaskProtocols } from '../../../core/protocol.ts';
import type { Task } from '../../../core/tasks.ts';
import type { Case } from '../mistake.ts';
import { type DepthPixels, depthPixels } from './depth.ts';
import { type JointCounts, jointCounts } from './labels.ts';
import { type NormalPixels, normalPixels } from './normals.ts';
import { type ShiftSums, shiftSums } from './shifts.ts';

interface Common {
  /** Of each image. */
  readonly shifts: readonly ShiftSums[];
  readonly groups: readonly string[];
  /** Of the first image. */
  readonly height: number;
  readonly width: number;
  /** Whether any image has a second truth. */
  readonly hasOtherTruth: boolean;
}

/** What is kept of the images after one walk over them: small, and enough to think of mistakes. */
export interface Evidence {
  segmentation: Common & { readonly images: readonly JointCounts[] };
  depth: Common & { readonly images: readonly DepthPixels[] };
  normals: Common & { readonly images: readonly NormalPixels[] };
}

const OBSERVE: {
  readonly [T in Task]: (given: Case<T>, protocol: TaskProtocols[T]) => Evidence[T]['images'][number];
} = { segmentation: jointCounts, depth: depthPixels, normals: normalPixels };

/** Takes the images of one task one after another. */
export function observer<T extends Task>(task: T, protocol: TaskProtocols[T]) {
  const images: Evidence[T]['images'][number][] = [];
  const shifts: ShiftSums[] = [];
  const groups: string[] = [];
  let size = { height: 0, width: 0 };
  let hasOtherTruth = false;
  return {
    add(given: Case<T>): void {
      if (images.length === 0) size = { height: given.truth.height, width: given.truth.width };
      images.push(OBSERVE[task](given, protocol));
      shifts.push(shiftSums(task, given, protocol));
      groups.push(given.group);
      hasOtherTruth ||= given.otherTruth !== undefined;
    },
    evidence: (): Evidence[T] => ({ images, shifts, groups, ...size, hasOtherTruth }) as unknown as Evidence[T],
  };
}

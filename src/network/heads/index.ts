import { dense } from './dense.ts';
import { depthwise } from './depthwise.ts';
import type { HeadDesign } from './head.ts';
import { none } from './none.ts';

/** Every head design, by the id that a network's `head` names. */
export const HEADS = { depthwise, dense, none } as const satisfies Record<string, HeadDesign>;
export type HeadId = keyof typeof HEADS;

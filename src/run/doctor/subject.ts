import type { ModelCard } from '../../backends/model-card.ts';
import type { Predictor } from '../../core/predictor.ts';
import type { Protocol } from '../../core/protocol.ts';
import type { DepthRaster, RgbRaster } from '../../core/raster.ts';
import type { Maps, Task } from '../../core/tasks.ts';
import type { NotTestable } from './mistake.ts';

/** One image of what is examined. */
export interface SubjectImage {
  readonly id: string;
  readonly group: string;
  readonly maps: Maps;
  readonly truth: Maps;
  /** 0 = the pixel does not count. */
  readonly mask?: Uint8Array;
  /** The data set's other depth, where it has one. */
  readonly otherDepth?: DepthRaster;
  /** For networks that are run again. */
  readonly picture?: () => Promise<RgbRaster>;
}

/** The network behind the predictions, which can be run again. */
export interface RunnableNetwork {
  readonly input: ModelCard['input'];
  /** With some keys of the card's input changed. The caller closes it. */
  open(change: Partial<ModelCard['input']>): Promise<Predictor>;
}

/** What is examined: predictions with their truth, and the network if it is at hand. */
export interface Subject {
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly protocol: Protocol;
  /** Images that are looked at, of those that there are. */
  readonly images: number;
  readonly imagesInAll: number;
  readonly network: RunnableNetwork | NotTestable;
  /** The images, one in memory at a time; may be walked again and again, and gives the same each time. */
  walk(): AsyncIterable<SubjectImage>;
}

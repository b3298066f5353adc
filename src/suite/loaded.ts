import type { Specialist } from '../core/joint-record.ts';
import type { JointSuite, Suite } from './schema.ts';

export interface LoadedSuite {
  readonly suite: Suite;
  readonly file: string;
  /** Fingerprint of the suite as resolved. */
  readonly hash: string;
  /** Flags that changed how latency is measured, for the record. */
  readonly overrides?: readonly string[];
}

/** One part of a suite, as the suite that it is run as. */
export interface LoadedPart extends LoadedSuite {
  readonly part: {
    readonly id: string;
    readonly title: string;
    readonly specialist?: Specialist;
  };
}

export interface LoadedJoint {
  readonly suite: JointSuite;
  readonly file: string;
  /** Fingerprint of all parts as resolved. */
  readonly hash: string;
  readonly parts: readonly LoadedPart[];
}

export const isJoint = (loaded: LoadedSuite | LoadedJoint): loaded is LoadedJoint => 'parts' in loaded;

import type { AnyRecord } from '../core/joint-record.ts';
import type { Panel, RunRecord } from '../core/record.ts';

/** Pictures of each record, or of each part of one; only HTML shows them. */
export type PanelsByRun = ReadonlyMap<RunRecord, readonly Panel[]>;

/** Pure: the same records give the same text. Several records give one section each, a record of parts one for all parts and one for each. */
export interface Reporter {
  /** Of the file, without the dot. */
  readonly extension: string;
  readonly title: string;
  render(records: readonly AnyRecord[], panels?: PanelsByRun): string;
}

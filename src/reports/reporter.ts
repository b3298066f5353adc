import type { Panel, RunRecord } from '../core/record.ts';

/** Pictures of each record; only HTML shows them. */
export type PanelsByRun = ReadonlyMap<RunRecord, readonly Panel[]>;

/** Pure: the same records give the same text. Several records give one section each. */
export interface Reporter {
  /** Of the file, without the dot. */
  readonly extension: string;
  readonly title: string;
  render(records: readonly RunRecord[], panels?: PanelsByRun): string;
}

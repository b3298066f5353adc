import { type AnyRecord, isJointRecord } from '../core/joint-record.ts';
import type { BackendCard } from '../core/predictor.ts';
import { bannerOf, type FailureRecord, type RunRecord } from '../core/record.ts';

/** Control characters, line ends and marks of writing direction. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text of a user on one line: control characters could move a terminal's cursor or hide what follows, and marks of
 * writing direction could reorder it, so each becomes a space.
 */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim();
}

/** JSON of the same value in which what `oneLine` removes is written as escapes. Line ends are the layout's own. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What a row computed from its other outputs, undefined where nothing. */
export function derivedWords({ derived }: BackendCard): string | undefined {
  if (!derived) return undefined;
  const { method, window } = derived.normals;
  return `normals computed from its own depth (${method}, ${window}x${window} pixels)`;
}

/** What a reader must know before any number, in order; of a run of several parts, by part. */
export function warningsOf(record: AnyRecord): string[] {
  if (isJointRecord(record))
    return record.parts.flatMap((part) => warningsOf(part.record).map((warning) => `${part.id}: ${warning}`));
  const banner = bannerOf(record);
  const { outcome, failures } = record;
  const unfinished =
    outcome === 'complete' ? [] : [`${outcome.toUpperCase()}: this run is not complete (${failures.length} failures)`];
  return [...(banner === undefined ? [] : [banner]), ...unfinished];
}

/** In text outputs long lists are cut; the record and the HTML report have them all. */
const SHOWN_FAILURES = 20;

export function failureLines(failures: readonly FailureRecord[]): string[] {
  const lines = failures
    .slice(0, SHOWN_FAILURES)
    .map(({ entry, sample, message }) => `${entry}${sample === undefined ? '' : `, ${sample}`}: ${message}`);
  const more = failures.length - lines.length;
  return more > 0 ? [...lines, `... and ${more} more in the run record`] : lines;
}

export const runLine = (record: Pick<RunRecord, 'runId' | 'outcome' | 'finishedAt' | 'suite'>): string =>
  `run ${record.runId}, ${record.outcome}, finished ${record.finishedAt}, suite ${record.suite.id} (${record.suite.hash})`;

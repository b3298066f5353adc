import { relative } from 'node:path';
import { bannerOf, type EntryRecord, type RunRecord } from '../core/record.ts';
import { renderTerminal } from '../reports/terminal.ts';
import { writeReports } from '../reports/write.ts';
import { readPanels } from '../run/records.ts';

/** Writes the reports of a finished run; paths relative to the working directory. */
function filesOf(record: RunRecord, directory: string) {
  const files = writeReports(record, readPanels(directory));
  return { record: relative('', `${directory}/record.json`), ...files };
}

export function runAsJson(record: RunRecord, directory: string) {
  const banner = bannerOf(record);
  return {
    suite: record.suite.id,
    outcome: record.outcome,
    ...(banner && { banner }),
    failures: record.failures,
    files: filesOf(record, directory),
    entries: record.entries.map(withoutSamples),
  };
}

/** The raw latency samples stay in the record: thousands of numbers help nobody who reads JSON from a pipe. */
function withoutSamples(entry: EntryRecord) {
  if (entry.kind === 'reported' || !entry.latency) return entry;
  const { samplesMs: _, ...latency } = entry.latency;
  return { ...entry, latency };
}

export function printRun(record: RunRecord, directory: string): void {
  const files = filesOf(record, directory);
  process.stdout.write(
    renderTerminal([record], { columns: process.stdout.columns, colour: process.stdout.isTTY ?? false }),
  );
  process.stdout.write(
    `\n${Object.entries(files)
      .map(([kind, path]) => `${kind.padEnd(9)} ${path}\n`)
      .join('')}`,
  );
}

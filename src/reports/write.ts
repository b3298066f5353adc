import { join } from 'node:path';
import type { AnyRecord } from '../core/joint-record.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { REPORTERS } from './index.ts';
import type { PanelsByRun } from './reporter.ts';

const WRITTEN = ['html', 'csv', 'markdown', 'latex'] as const;

/**
 * Writes the reports of a finished run, each whole or not at all.
 * @param directory where reports of all suites lie; relative to the working directory.
 * @returns the path of each file, relative as `directory` is.
 */
export function writeReports(
  record: AnyRecord,
  panels: PanelsByRun,
  directory = 'reports',
): Record<(typeof WRITTEN)[number], string> {
  const files = WRITTEN.map((format) => {
    const { extension, render } = REPORTERS[format];
    const path = join(directory, record.suite.id, `${record.runId}.${extension}`);
    writeAtomically(path, render([record], panels));
    return [format, path] as const;
  });
  return Object.fromEntries(files) as Record<(typeof WRITTEN)[number], string>;
}

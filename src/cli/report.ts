import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { REPORTERS, type ReportFormat } from '../reports/index.ts';
import { renderTerminal } from '../reports/terminal.ts';
import { readAllPanels } from '../run/panels.ts';
import { findRun, NEWEST, readAnyRecord } from '../run/records.ts';
import { screen } from './screen.ts';

interface ReportOptions {
  readonly format: string;
  readonly output?: string;
}

const FORMATS = Object.keys(REPORTERS);

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('Writes any report of past runs from their records, without running again.')
    .argument(
      '[runs...]',
      `a run's folder or record.json, "${NEWEST}", a suite id (its newest run), or suite/run; suite/run/part for one part (default: ${NEWEST})`,
    )
    .option('-f, --format <format>', `one of ${FORMATS.join(', ')}`, 'terminal')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      '\nExamples:\n  densebench report\n  densebench report nyud --format html -o nyud.html\n  densebench report results/nyud/20260101T120000Z latest --format csv',
    )
    .action((runs: string[], options: ReportOptions) => {
      const text = renderRuns(runs.length ? runs : [NEWEST], formatOf(options.format), options.output === undefined);
      if (options.output === undefined) process.stdout.write(text);
      else writeAtomically(options.output, text);
    });
}

function formatOf(name: string): ReportFormat {
  if (!Object.hasOwn(REPORTERS, name)) throw new UsageError(unknownName('report format', name, FORMATS));
  return name as ReportFormat;
}

function renderRuns(runs: readonly string[], format: ReportFormat, toScreen: boolean): string {
  const records = runs.map((run) => readAnyRecord(run));
  if (format === 'terminal' && toScreen) return renderTerminal(records, screen());
  const panels = runs.flatMap((run, i) => {
    const found = findRun(run);
    return statSync(found).isDirectory() ? [...readAllPanels(found, records[i])] : [];
  });
  return REPORTERS[format].render(records, new Map(panels));
}

import type { Command } from 'commander';
import { renderDiagnosis } from '../reports/doctor.ts';
import { diagnose } from '../run/doctor/diagnose.ts';
import { INPUT_MISTAKES, MISTAKES } from '../run/doctor/mistakes/index.ts';
import { openRunSubjects } from '../run/doctor/run-subject.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './options.ts';

interface DoctorOptions {
  readonly entry?: string;
  readonly limit: number;
  readonly data?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const IMAGES = 50;

const MISTAKE_LIST = Object.entries({ ...MISTAKES, 'the input of a network, which is run again': INPUT_MISTAKES })
  .map(
    ([of, mistakes]) =>
      `  ${of}: ${Object.values(mistakes as Record<string, { title: string }>)
        .map(({ title }) => title)
        .join('; ')}`,
  )
  .join('\n');

const HELP = `
Looks for these mistakes:
${MISTAKE_LIST}

Examples:
  densebench doctor latest
  densebench doctor nyud --entry prior --limit 100 --json
`;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('tries the usual mistakes on a run or on predictions, and says how far each would move the figures')
    .argument('<subject>', `a run's folder, "latest", a suite id (its newest run) or suite/run`)
    .option('--entry <id>', 'of a run: the entry to examine (default: all)')
    .option('--limit <images>', 'look at so many images, evenly spread', wholeNumber('--limit', 1), IMAGES)
    .option('--data <directory>', 'of a run: where its data set lies')
    .option('--json', 'print JSON and nothing else')
    .option('--quiet', 'no progress')
    .addHelpText('after', HELP)
    .action(async (subject: string, options: DoctorOptions) => {
      const progress = options.quiet ? SILENT : progressTo(process.stderr);
      const { signal, release } = onInterrupt();
      const { subjects, close } = await openRunSubjects(subject, { ...options, dataDirectory: options.data });
      try {
        const found = [];
        for (const one of subjects) found.push(await diagnose(one, { progress, signal }));
        process.stdout.write(
          options.json ? `${JSON.stringify(found, null, 1)}\n` : found.map(renderDiagnosis).join('\n'),
        );
      } finally {
        release();
        await close();
      }
    });
}

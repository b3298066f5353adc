import type { Command } from 'commander';
import { canonicalJson } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { PROTOCOL_PRESETS, tasksOf } from '../core/protocol-presets.ts';
import type { RunRecord } from '../core/record.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import { rescore } from '../run/rescore.ts';
import { runProtocol } from '../run/run-protocol.ts';
import { onInterrupt } from './interrupt.ts';
import {
  addProtocolOptions,
  CHANGES,
  flagOf,
  overrideDepth,
  overrideNormals,
  type ProtocolOptions,
  presetIds,
} from './protocol-options.ts';
import { typedCommand } from './run-command.ts';
import { exitCodeOf, runAsJson, runAsText, writeFiles } from './run-output.ts';

interface RescoreOptions extends ProtocolOptions {
  readonly entry?: string;
  readonly data?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const HELP = `
Nothing is inferred: the run must have kept its predictions ("densebench run <suite> --save-predictions"). The data must
be those of the run. Under the run's own protocols lossless predictions give its figures to the last digit.

Examples:
  densebench rescore nyud --protocol all             one prediction, all protocols
  densebench rescore latest --protocol garg-50,garg-80
  densebench rescore latest --max 5                  the run's own protocols, with another cap
  densebench rescore results/nyud/20260101T120000Z --entry prior --crop eigen-nyu

Writes results/<suite>/<run>-rescored-<time>/ and reports/<suite>/<run>-rescored-<time>.* in the working directory;
of a run of several parts there is a folder for each in it, and one table over all, as "densebench run" makes them.`;

export function registerRescore(program: Command): void {
  const command = program
    .command('rescore')
    .description('Scores the stored predictions of a run again, by any protocols, without inference.')
    .argument(
      '<run>',
      'a run\'s folder, suite/run, a suite id or "latest": its newest run that kept predictions; of several parts each is scored',
    )
    .option('--entry <ids>', 'only these entries, as a,b (default: all that have predictions)');
  addProtocolOptions(command, "the run's own")
    .option('-o, --output <directory>', "the new run's directory (default: results/<suite>/<run>-rescored-<time>)")
    .option('--data <directory>', 'where the data set lies (default: where the run found it)')
    .option('--json', 'print one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .addHelpText('after', HELP)
    .action(rescoreCommand);
}

async function rescoreCommand(run: string, options: RescoreOptions): Promise<void> {
  const progress = options.quiet ? SILENT : progressTo(process.stderr);
  const { signal, release } = onInterrupt();
  try {
    const request = {
      run,
      entries: options.entry?.split(',').map((id) => id.trim()),
      protocolsFor: (source: RunRecord) => protocolsOf(source, options),
      dataDirectory: options.data,
      output: options.output,
      command: typedCommand(),
    };
    const { record, directory } = await rescore(request, { progress, signal, now: () => new Date() });
    const files = writeFiles(record, directory);
    process.stdout.write(
      options.json ? `${JSON.stringify(runAsJson(record, files), null, 1)}\n` : runAsText(record, files),
    );
    process.exitCode = exitCodeOf(record);
  } finally {
    release();
  }
}

type RunProtocols = RunRecord['protocols'];

/** @throws UsageError when a protocol or an option has nothing to do with what the run predicted. */
function protocolsOf(source: RunRecord, options: RescoreOptions): RunProtocols {
  const tasks = TASKS.filter((task) =>
    source.entries.some((entry) => entry.kind === 'measured' && entry.evidence[task] !== undefined),
  );
  const protocols = named(source, tasks, options);
  const idle = Object.entries(CHANGES).find(
    ([key, changed]) =>
      options[key as keyof ProtocolOptions] !== undefined &&
      !changed.some((task) => tasks.includes(task) && protocols.some((protocol) => protocol[task] !== undefined)),
  );
  if (idle)
    throw new UsageError(
      `${flagOf(idle[0])} changes ${idle[1].join(' and ')}, and there is none of it to score: the run has ${tasks.join(', ')}, the protocols are ${protocols.map(({ id }) => id).join(', ')}`,
    );
  return protocols.map((protocol) => overridden(protocol, options));
}

function named(source: RunRecord, tasks: readonly Task[], { protocol: typed }: RescoreOptions): RunProtocols {
  if (typed === undefined) return source.protocols;
  const presets = presetIds(typed, tasks);
  const idle = presets.find((id) => !tasksOf(PROTOCOL_PRESETS[id]).some((task) => tasks.includes(task)));
  if (idle !== undefined)
    throw new UsageError(
      `protocol ${idle} covers only ${tasksOf(PROTOCOL_PRESETS[idle]).join(', ')}, and the run has predictions of ${tasks.join(', ')}`,
    );
  // The run's own come first: the papers' rows stand below the first.
  const own = source.protocols.flatMap(({ id }) => presets.filter((preset) => preset === id));
  return [...own, ...presets.filter((id) => !own.includes(id))].map((id) => runProtocol(id, source.data));
}

/** A protocol that options changed is another one, and says so by its name. */
function overridden(protocol: RunProtocols[number], options: ProtocolOptions): RunProtocols[number] {
  const { depth, normals } = protocol;
  const changed = {
    ...protocol,
    ...(depth && { depth: overrideDepth(depth, options) }),
    ...(normals && { normals: overrideNormals(normals, options) }),
  };
  if (canonicalJson(changed) === canonicalJson(protocol)) return protocol;
  const flags = Object.keys(CHANGES).flatMap((key) => {
    const value = options[key as keyof ProtocolOptions];
    return value === undefined ? [] : [`${flagOf(key)} ${value}`];
  });
  return {
    ...changed,
    id: `${protocol.id} ${flags.join(' ')}`,
    title: `${protocol.title}, changed by ${flags.join(' ')}`,
  };
}

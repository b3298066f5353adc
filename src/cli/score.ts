import Table from 'cli-table3';
import type { Command } from 'commander';
import { fingerprint } from '../core/canonical.ts';
import { CROPS, FILLS, NON_FINITE_RULES, SCALINGS } from '../core/protocol.ts';
import { PROTOCOL_IDS } from '../core/protocol-presets.ts';
import { protocolWords } from '../core/protocol-words.ts';
import type { Reading } from '../core/reading.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { MAX_LABEL, MIN_LABEL } from '../formats/labels.ts';
import { NORMALS_ENCODING_IDS } from '../formats/normals-encoding.ts';
import { presetOf } from '../metrics/protocols.ts';
import { type Score, type ScoreRequest, score } from '../run/score.ts';
import { notNegativeNumber, positiveNumber, wholeNumber } from './options.ts';
import { type ScoreOptions, scoreRequest } from './score-options.ts';

/** More classes than any label set has; the confusion matrix takes classes squared. */
const MAX_CLASSES = 2048;

const scale = (option: string) => positiveNumber(option, 'metres per stored unit');
const list = (names: Iterable<string>) => [...names].join(' | ');

const encodings = `${list(NORMALS_ENCODING_IDS)} | <file.yaml>`;

const HELP = `
Files are .npy, .npy.gz or .png; leading dimensions of 1 are dropped; folders pair by stem. Segmentation holds class
ids, depth metres (integers need a scale), normals vectors (height x width x 3: floats x y z in the camera frame, NaN =
none; or pictures, which need an encoding).

Examples:
  densebench score --task depth --prediction pred/ --target truth/ --protocol eigen-nyu
  densebench score --task depth --prediction pred.png --prediction-scale 0.001 --target gt.png --target-scale 0.0002
  densebench score --task segmentation --prediction pred/ --target truth/ --classes 40 --json
  densebench score --task normals --prediction pred/ --target norm_gt/ --target-encoding authors
  densebench score --task depth --prediction pred/ --prediction-scale 0.00390625 --target truth/ \\
    --target-scale 0.00390625 --protocol kitti-devkit

"densebench list protocols" says what each preset fixes and which tasks it covers.

Encodings of normals: plain (floats), authors (NYUv2's truth of the reference network: R = x, G = z, B = -y), geonet
(pictures that point away from the camera), rgb (red right, green up, blue towards the camera), or a YAML file that
describes another: {axes: [x, -y, -z], zero: 127.5, one: 255, invalid: [0, 0, 0]}; component = (stored - zero) /
(one - zero) along the camera axis of its channel (x right, y down, z forward, normals towards the camera).

--target-labels names a YAML or JSON file for truth that is not stored in train ids. NYUDv2 with 13 classes is stored
as 1..13 with 0 for unlabelled:
  0: ignore
  1: 0
  2: 1
and so on up to 13: 12. A stored label that is not in the map is an error.`;

export function registerScore(program: Command): void {
  program
    .command('score')
    .description('score predictions made anywhere against truth')
    .requiredOption('--task <task>', list(TASKS))
    .requiredOption('--prediction <path>', 'file or folder of predictions')
    .requiredOption('--target <path>', 'file or folder of truth')
    .option('--mask <path>', 'file or folder; a pixel counts where its mask is not 0')
    .option('--classes <count>', 'segmentation: classes are 0..count-1', wholeNumber('--classes', 1, MAX_CLASSES))
    .option(
      '--ignore <label>',
      'segmentation: truth of this label does not count (default: 255)',
      wholeNumber('--ignore', MIN_LABEL, MAX_LABEL),
    )
    .option('--target-labels <file>', 'segmentation: translate stored truth labels, see below')
    .option('--protocol <id>', `start from a preset: ${list(PROTOCOL_IDS)}; other options override it`)
    .option('--min <metres>', 'depth: truth counts above this (default: 0)', notNegativeNumber('--min', 'metres'))
    .option('--max <metres>', 'depth: truth counts below this (default: no cap)', positiveNumber('--max', 'metres'))
    .option('--crop <name>', `depth, normals: ${list(CROPS)} (default: none)`)
    .option('--fill <rule>', `depth: how predictions of 0 and NaN are filled: ${list(FILLS)} (default: none)`)
    .option('--scaling <rule>', `depth: ${list(SCALINGS)} (default: none)`)
    .option('--non-finite <rule>', `depth: ${list(NON_FINITE_RULES)} (default: strict)`)
    .option('--prediction-scale <factor>', 'depth: metres = stored prediction x factor', scale('--prediction-scale'))
    .option('--target-scale <factor>', 'depth: metres = stored truth x factor', scale('--target-scale'))
    .option('--prediction-encoding <name>', `normals: ${encodings} (default: plain)`)
    .option('--target-encoding <name>', `normals: ${encodings} (default: plain)`)
    .option('--json', 'print JSON and nothing else')
    .addHelpText('after', HELP)
    .action(async (options: ScoreOptions) => {
      const request = scoreRequest(options);
      const result = await score(request);
      const protocol = {
        preset: options.protocol ?? null,
        ...(options.protocol !== undefined && { printed: printedBy(options.protocol, request.task) }),
        words: protocolWords({ [request.task]: request.protocol })[0].words,
        fingerprint: fingerprint(request.protocol),
        ...request.protocol,
      };
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ task: request.task, pairs: result.pairs, protocol, readings: result.readings }, null, 2)}\n`
          : showScore(request, result, protocol),
      );
    });
}

interface ScoredProtocol {
  readonly words: string;
  readonly fingerprint: string;
  readonly preset: string | null;
  /** The figures of this task that the preset's source prints. */
  readonly printed?: readonly string[];
}

const printedBy = (preset: string, task: Task): string[] =>
  presetOf(preset).figures.filter((name) => name.startsWith(`${task}/`));

function showScore(
  { task, prediction, target }: ScoreRequest<Task>,
  { pairs, readings }: Score,
  { words, fingerprint, preset, printed = [] }: ScoredProtocol,
): string {
  const table = new Table({
    head: ['reading', 'value', 'unit', 'better', 'pooling', 'count'],
    colAligns: ['left', 'right', 'left', 'left', 'left', 'right'],
    style: { head: [], border: [] },
    // No rule between rows: there are dozens of them.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { key, value, unit, better, pooling, count } of readings)
    table.push([key, showValue(value), unit === '1' ? '' : unit, better, pooling, count]);
  const lines = [
    `${task}: ${prediction} against ${target}, ${pairs} pair(s)`,
    table.toString(),
    ...undefinedReasons(readings),
    ...(printed.length > 0 ? [`the source of ${preset} prints: ${printed.join(', ')}`] : []),
    `protocol ${fingerprint}${preset ? ` (${preset}, options applied)` : ''}: ${words}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Six digits: more than any figure of this field means, enough to tell two apart. */
function showValue(value: number | null): string {
  if (value === null) return 'undefined';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** One line per reason, not per reading. */
function undefinedReasons(readings: readonly Reading[]): string[] {
  const keys = new Map<string, Set<string>>();
  for (const { key, value, reason = '' } of readings)
    if (value === null) keys.set(reason, (keys.get(reason) ?? new Set()).add(key));
  return [...keys].map(([reason, names]) => `undefined (${reason}): ${[...names].join(', ')}`);
}

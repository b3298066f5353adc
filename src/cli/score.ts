import Table from 'cli-table3';
import type { Command } from 'commander';
import { fingerprint } from '../core/canonical.ts';
import { taskOf } from '../core/figure-name.ts';
import { PROTOCOL_PRESETS, type ProtocolId } from '../core/protocol-presets.ts';
import { protocolWords } from '../core/protocol-words.ts';
import type { Reading } from '../core/reading.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { protocolTable } from '../reports/protocol-table.ts';
import { renderTable } from '../reports/terminal.ts';
import { type Score, score } from '../run/score.ts';
import { addMapOptions } from './map-options.ts';
import { alternatives } from './options.ts';
import { type ParsedScore, type ScoreOptions, scoreRequest } from './score-options.ts';
import { screen } from './screen.ts';

const HELP = `
Files are .npy, .npy.gz or .png; leading dimensions of 1 are dropped; folders pair by stem. Segmentation holds class
ids, depth metres (integers need a scale), normals vectors (height x width x 3: floats x y z in the camera frame, NaN =
none; or pictures, which need an encoding).

Examples:
  densebench score --task depth --prediction pred/ --target truth/ --protocol eigen-nyu
  densebench score --task depth --prediction pred.png --prediction-scale 0.001 --target gt.png --target-scale 0.0002
  densebench score --task segmentation --prediction pred/ --target truth/ --classes 40 --json
  densebench score --task depth --prediction pred/ --target truth/ --protocol all
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
  const command = program
    .command('score')
    .description('Scores predictions made anywhere against truth.')
    .requiredOption('--task <task>', alternatives(TASKS))
    .requiredOption('--prediction <path>', 'file or folder of predictions')
    .requiredOption('--target <path>', 'file or folder of truth');
  addMapOptions(command)
    .option('--json', 'print JSON and nothing else')
    .addHelpText('after', HELP)
    .action(async (options: ScoreOptions) => {
      const parsed = scoreRequest(options);
      const result = await score(parsed.request);
      process.stdout.write(options.json ? asJson(parsed, result) : asText(parsed, result));
    });
}

interface ScoredProtocol {
  readonly words: string;
  readonly fingerprint: string;
  readonly preset: string | null;
  /** The figures of this task that the preset's source prints. */
  readonly printed?: readonly string[];
}

const printedBy = (preset: ProtocolId, task: Task): string[] =>
  PROTOCOL_PRESETS[preset].figures.filter((name) => taskOf(name) === task);

/** Rules with their name, in words, and what makes them the same as others or not. */
const described = ({ request: { task, protocols }, presets, isNamed }: ParsedScore<Task>, index: number) => ({
  preset: isNamed ? presets[index] : null,
  ...(isNamed && { printed: printedBy(presets[index], task) }),
  words: protocolWords({ [task]: protocols[index] })[0].words,
  fingerprint: fingerprint(protocols[index]),
  ...protocols[index],
});

/** One protocol: { task, pairs, protocol, readings }; several: { task, pairs, protocols: [{ ..., readings }] }. */
function asJson(parsed: ParsedScore<Task>, { pairs, readings }: Score): string {
  const { task } = parsed.request;
  const scored = readings.map((ofProtocol, i) => ({ protocol: described(parsed, i), readings: ofProtocol }));
  const several = scored.map(({ protocol, readings: own }) => ({ ...protocol, readings: own }));
  return `${JSON.stringify({ task, pairs, ...(scored.length === 1 ? scored[0] : { protocols: several }) }, null, 2)}\n`;
}

function asText(parsed: ParsedScore<Task>, { pairs, readings }: Score): string {
  const { request, presets } = parsed;
  const { task, protocols, prediction, target } = request;
  const title = `${task}: ${prediction} against ${target}, ${pairs} pair(s)`;
  if (presets.length === 1) return `${title}\n${oneProtocol(readings[0], described(parsed, 0))}`;
  const rows = presets.map((id, i) => ({
    title: id,
    protocol: { id, figures: PROTOCOL_PRESETS[id].figures, [task]: protocols[i] },
    readings: readings[i],
  }));
  const images = { label: 'Pairs', words: String(pairs) };
  return `${title}\n\n${renderTable(protocolTable(task, rows, images), screen())}`;
}

function oneProtocol(
  readings: readonly Reading[],
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

import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { backendOf } from '../backends/index.ts';
import { UsageError } from '../core/errors.ts';
import { type LabelledData, labelDataset } from '../experts/label-dataset.ts';
import { layerPanels } from '../experts/pictures.ts';
import { measureQuality, QUALITY_FILE } from '../experts/quality/layer-quality.ts';
import type { QualityRecord } from '../experts/quality/record.ts';
import { stepOf } from '../experts/quality/selective-figures.ts';
import type { LabelRequest } from '../experts/request.ts';
import { SCORES } from '../experts/scores/index.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { layerPage } from '../reports/html/layer.ts';
import { qualityTables } from '../reports/label-quality.ts';
import { drawTable } from '../reports/markdown.ts';
import { renderTable } from '../reports/terminal.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import type { RunSurroundings } from '../run/request.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { screen } from './screen.ts';
import { version } from './version.ts';

interface LabelOptions {
  readonly expert?: readonly string[];
  readonly judge?: string;
  readonly split: string;
  readonly score?: readonly string[];
  readonly threshold: readonly number[];
  readonly taxonomy?: string;
  readonly data?: string;
  readonly offline?: boolean;
  readonly output?: string;
  readonly limit?: number;
  readonly backend: string;
  readonly threads?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_THRESHOLDS = [0.5, 0.7, 0.9, 0.95];

const HELP = `
Scores, each 0 to 1 for every pixel (docs/experts.md has the formulas):
${Object.entries(SCORES)
  .map(([id, { title, needs }]) => `  ${id.padEnd(21)} ${title}${needsWords(needs)}`)
  .join('\n')}

Where the data set has segmentation of its own, the labels are held against it: what each threshold keeps, how much of
that is right, and how well the score ranks. The data set need not have any: to label it is the purpose.
An interrupted command goes on where it ended when it is typed again.

Examples:
  densebench label rooms-students --expert small-joint --limit 40
  densebench label kitti-eigen --expert small-streets --taxonomy kitti6 --data /data/kitti -o layers/kitti
  densebench label rooms --split test --expert small-joint --expert small-joint-seed2 --score ensemble-vote --judge small-rooms`;

function needsWords(needs: 'one' | 'mirror' | 'several'): string {
  return { one: '', mirror: ' (two predictions an image)', several: ' (several experts)' }[needs];
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

export function registerLabel(program: Command): void {
  program
    .command('label')
    .description("Labels a data set's images by a network (an expert): labels, confidence and provenance on disk.")
    .argument('<dataset>', 'id of a data set card (datasets/<id>.yaml), or a path to one')
    .option('--expert <model>', 'model card that labels; several are an ensemble (give the option again)', collect)
    .option('--judge <model>', 'a second network that judges the labels (confident learning)')
    .option('--split <split>', 'split to label', 'train')
    .option('--score <id>', 'score to store (again for more; default: all that the experts allow)', collect)
    .option('--threshold <list>', 'thresholds of the table, as 0.5,0.9', thresholds, DEFAULT_THRESHOLDS)
    .option('--taxonomy <id>', 'class list to label with, where the data set has none or several')
    .option('--data <directory>', "the data set's folder, or a folder that holds <id>")
    .option('--offline', 'never download')
    .option('-o, --output <folder>', 'folder of the layer (default: results/labels/<data set>-<split>/<expert>)')
    .option('--limit <count>', 'only the first images', wholeNumber('--limit', 1))
    .option('--backend <id>', 'backend that runs the networks', 'onnxruntime-node')
    .option('--threads <count>', 'threads of each network', wholeNumber('--threads', 1))
    .option('--json', 'print one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .addHelpText('after', HELP)
    .action(labelCommand);
}

function thresholds(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  for (const value of values) stepOf(value);
  return values;
}

async function labelCommand(data: string, options: LabelOptions): Promise<void> {
  const request = requestOf(data, options);
  const progress = options.quiet ? SILENT : progressTo(process.stderr);
  const { signal, release } = onInterrupt();
  try {
    const surroundings = { progress, signal, now: () => new Date() };
    await labelDataset(request, surroundings, async (labelled) => {
      const quality = await measureQuality(labelled, request.thresholds, request.densebench, surroundings);
      const files = await writePages(labelled, quality, surroundings);
      process.stdout.write(options.json ? asJson(labelled, quality, files) : asText(labelled, quality, files));
      for (const { sample, message } of labelled.failures) process.stderr.write(`${sample}: ${message}\n`);
      if (labelled.failures.length > 0) process.exitCode = 5;
    });
  } finally {
    release();
  }
}

function requestOf(data: string, options: LabelOptions): LabelRequest {
  const { expert = [], judge, split, score, threshold, taxonomy, output, limit, backend, threads } = options;
  if (expert.length === 0)
    throw new UsageError('name the network that labels: --expert <model>; "densebench list" shows all');
  if (backendOf(backend).kind !== 'runtime')
    throw new UsageError(`--backend ${backend}: executes no networks; name one that does ("densebench list")`);
  return {
    ...{ data, split, judge, taxonomy, output, limit },
    experts: expert,
    scores: score,
    // The rows without a filter are what the others are held against.
    thresholds: [...new Set([0, ...threshold])].sort((a, b) => a - b),
    backend: { id: backend, ...(threads !== undefined && { threads }) },
    dataDirectory: options.data,
    offline: options.offline ?? false,
    densebench: version(),
  };
}

type Files = Readonly<Record<'quality' | 'markdown' | 'html', string>>;

async function writePages(
  labelled: LabelledData,
  quality: QualityRecord,
  { progress }: RunSurroundings,
): Promise<Files> {
  const { folder, provenance } = labelled.layer;
  const tables = qualityTables(quality);
  const files = {
    quality: join(folder, QUALITY_FILE),
    markdown: join(folder, 'quality.md'),
    html: join(folder, 'report.html'),
  };
  writeAtomically(
    files.markdown,
    `${tables.map((table) => `### ${table.title}\n\n${drawTable(table)}`).join('\n\n')}\n`,
  );
  const panels = await layerPanels(labelled, (words) => progress.note(words));
  writeAtomically(files.html, layerPage(provenance, tables, panels));
  return files;
}

function asJson({ layer, images, made, failures }: LabelledData, quality: QualityRecord, files: Files): string {
  return `${JSON.stringify({ layer: layer.folder, images, made, failures, files, quality }, null, 1)}\n`;
}

function asText({ layer, images, made, failures }: LabelledData, quality: QualityRecord, files: Files): string {
  const there = images - made - failures.length;
  const counts = [
    `${made} labelled`,
    ...(there > 0 ? [`${there} were there`] : []),
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
  ].join(', ');
  const place = relative('', layer.folder) || '.';
  return `${qualityTables(quality)
    .map((table) => renderTable(table, screen()))
    .join('\n')}\n${images} images: ${counts}\nlabel layer ${place}; ${relative('', files.html)} shows some of it\n`;
}

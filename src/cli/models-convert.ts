import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { floatModel } from '../backends/model-bytes.ts';
import { findModelCard, type LoadedModelCard, type ModelCard } from '../backends/model-card.ts';
import { type CalibrationImages, calibratedInt8 } from '../backends/precision.ts';
import { sha256 } from '../core/canonical.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import type { RgbRaster } from '../core/raster.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { readRgb } from '../formats/image.ts';
import { toFloat16 } from '../network/index.ts';
import { progressTo } from '../run/progress.ts';
import { wholeNumber } from './options.ts';

interface ConvertOptions {
  readonly to: 'float16' | 'int8';
  readonly calibration?: string;
  readonly images: number;
  readonly data?: string;
  readonly output: string;
  readonly force?: boolean;
}

/** `densebench models convert`, as a part of `models`. */
export function registerConvert(models: Command): void {
  models
    .command('convert')
    .description('Converts a float32 ONNX network, or that of a model card, to float16 or int8 (QDQ).')
    .argument('<model>', 'ONNX file, or the id or path of a model card')
    .addOption(new Option('--to <precision>', 'the precision').choices(['float16', 'int8']).makeOptionMandatory())
    .requiredOption('-o, --output <file>', 'the ONNX file to write')
    .option('--calibration <data>', 'int8: a data set card (its train split), or a folder of .png and .jpg images')
    .option('--images <n>', 'int8: on how many of the images, evenly spaced', wholeNumber('--images', 1), 16)
    .option('--data <dir>', 'where the data set lies')
    .option('--force', 'overwrite the ONNX file')
    .addHelpText(
      'after',
      '\nExamples:\n  densebench models convert mine.onnx --to float16 -o mine-float16.onnx\n' +
        '  densebench models convert mine --to int8 --calibration nyudv2 -o mine-int8.onnx',
    )
    .action((model: string, options: ConvertOptions) => convertModel(model, options));
}

async function convertModel(reference: string, options: ConvertOptions): Promise<void> {
  const { to, output, force, calibration } = options;
  if (!output.endsWith('.onnx')) throw new UsageError(`--output ${output}: name a file that ends in .onnx`);
  if (existsSync(output) && !force)
    throw new UsageError(`${output}: is there already; name another file, or add --force to overwrite it`);
  if (to === 'float16' && calibration !== undefined)
    throw new UsageError(`--calibration ${calibration}: float16 needs no calibration; leave it out`);
  const { name, bytes, card } = await sourceOf(reference);
  const converted = to === 'float16' ? float16(bytes, name) : await int8(bytes, name, card, options);
  writeAtomically(output, converted.bytes);
  const megabytes = (array: Uint8Array) => `${(array.length / 1e6).toFixed(2)} MB`;
  process.stdout.write(
    [
      `${output}: ${to}, ${megabytes(converted.bytes)} (float32: ${megabytes(bytes)}), SHA-256 ${sha256(converted.bytes)}`,
      ...converted.lines.map((line) => `  ${line}`),
      '',
    ].join('\n'),
  );
}

interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly card?: ModelCard;
}

/** Of an ONNX file, the card beside it says how it is fed; float16 does without. */
async function sourceOf(reference: string): Promise<Source> {
  if (reference.endsWith('.onnx')) {
    const beside = reference.replace(/\.onnx$/, '.yaml');
    const card = existsSync(beside) ? plainCard(beside).card : undefined;
    return { name: reference, bytes: await readBytes(reference), card };
  }
  const loaded = plainCard(reference);
  const { model } = await floatModel(loaded);
  return { ...model, card: loaded.card };
}

function plainCard(reference: string): LoadedModelCard {
  const loaded = findModelCard(reference);
  const { card, file } = loaded;
  if (card.precision)
    throw new UsageError(`${file}: it asks for ${card.precision} itself; give the card of the float32 network`);
  if (card.onnx === undefined && card.network === undefined)
    throw new UsageError(`${file}: only networks that are ONNX (onnx, network) can be converted`);
  return loaded;
}

function float16(bytes: Uint8Array, name: string) {
  const { bytes: converted, values, vanished } = toFloat16(bytes, name);
  const lost = vanished ? `; ${vanished} were too small for float16 and are 0 now` : '';
  return { bytes: converted, lines: [`${values} values${lost}`] };
}

async function int8(bytes: Uint8Array, name: string, card: ModelCard | undefined, options: ConvertOptions) {
  if (!card)
    throw new UsageError(
      `${name}: int8 is calibrated on images, and only a model card says how they go in: write ${name.replace(/\.onnx$/, '.yaml')} first`,
    );
  if (options.calibration === undefined)
    throw new UsageError(
      '--to int8 needs --calibration: a data set card, or a folder of images like those it will see',
    );
  const { images, close } = await calibrationImages(options.calibration, options);
  const progress = progressTo(process.stderr);
  progress.start('calibration, images', images.count);
  try {
    const model = await calibratedInt8(bytes, name, card, images, (done) => progress.update(done));
    progress.end();
    const { convolutions, others, float } = model;
    const kept = [...float].map(([operator, count]) => `${count} ${operator}`).join(', ') || 'none';
    return {
      bytes: model.bytes,
      lines: [
        `calibrated on ${images.count} images of ${options.calibration}`,
        `int8: ${convolutions.int8} of ${convolutions.all} convolutions, ${others} sums, poolings and resizings`,
        `float32: ${kept}`,
      ],
    };
  } finally {
    await close();
  }
}

async function calibrationImages(
  source: string,
  { images: count, data }: ConvertOptions,
): Promise<{ images: CalibrationImages; close: () => Promise<void> }> {
  if (statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    const files = readdirSync(source)
      .filter((file) => /\.(png|jpe?g)$/i.test(file))
      .sort();
    const chosen = choose(files.length, count, source).map((i) => join(source, files[i]));
    return { images: { count, images: readAll(chosen) }, close: async () => {} };
  }
  const { dataset } = await openForSuite({ id: source, split: 'train' }, { dataDir: data });
  const samples = dataset.load(choose(dataset.samples.length, count, source));
  const images = (async function* () {
    for await (const sample of samples) yield await sample.image();
  })();
  return { images: { count, images }, close: () => dataset.close() };
}

function choose(total: number, count: number, source: string): number[] {
  if (total < count)
    throw new ResourceError(
      `--calibration ${source}: ${total} images there, --images asks for ${count}; ask for fewer`,
    );
  return evenlySpaced(total, count);
}

async function* readAll(paths: readonly string[]): AsyncGenerator<RgbRaster> {
  for (const path of paths) yield await readRgb(path);
}

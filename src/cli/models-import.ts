import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type CheckpointCard, checkpointIds, findCheckpointCard } from '../checkpoints/card.ts';
import { checkpointPath } from '../checkpoints/fetch.ts';
import { sha256 } from '../core/canonical.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { decodeCheckpoint } from '../formats/torch/index.ts';
import { type ImageSize, macCount, networkFromCheckpoint, paramCount, toOnnx } from '../network/index.ts';
import { importedCard } from './imported-card.ts';

export interface ImportOptions {
  readonly output: string;
  readonly arch?: string;
  readonly size?: ImageSize;
  readonly force?: boolean;
}

/** What --arch may name: each is recognised from the tensors too. */
const ARCHITECTURES = ['refinenet'];
const DEFAULT_SIZE: ImageSize = { width: 640, height: 480 };

export async function importModel(reference: string, { output, arch, size, force }: ImportOptions): Promise<void> {
  if (arch !== undefined && !ARCHITECTURES.includes(arch))
    throw new UsageError(unknownName('architecture', arch, ARCHITECTURES));
  if (!output.endsWith('.onnx')) throw new UsageError(`--output ${output}: name a file that ends in .onnx`);
  if (existsSync(output) && !force)
    throw new UsageError(`${output}: is there already; name another file, or add --force to overwrite it`);
  const { path, published } = locate(reference);
  const inputSize = size ?? published?.input ?? DEFAULT_SIZE;
  const bytes = await readBytes(path);
  const { config, graph, weights, notes } = networkFromCheckpoint(decodeCheckpoint(bytes, path), path);
  const onnx = toOnnx(graph, weights, inputSize);
  const cost = { params: paramCount(graph), macs: macCount(graph, inputSize) };
  writeAtomically(output, onnx);
  for (const note of notes) process.stderr.write(`${path}: ${note}\n`);

  const cardPath = output.replace(/\.onnx$/, '.yaml');
  const keeps = existsSync(cardPath);
  if (!keeps)
    writeAtomically(
      cardPath,
      importedCard({
        onnx: basename(output),
        checkpoint: { name: basename(path), sha256: sha256(bytes) },
        published,
        config,
        size: inputSize,
        cost,
      }),
    );
  const { width, height } = inputSize;
  process.stdout.write(
    [
      `${output}: ${config.tasks?.join(', ')}${config.classes === undefined ? '' : `, ${config.classes} classes`}`,
      `  input 1x3x${height}x${width}, outputs at 1/4 of its size`,
      `  ${cost.params} parameters, ${cost.macs} multiply-adds of convolutions, SHA-256 ${sha256(onnx)}`,
      keeps
        ? `${cardPath}: was there and is kept; see that it says ${width}x${height} and these costs`
        : `${cardPath}: the model card; a suite names it by "model: ${referenceTo(cardPath)}"`,
      '',
    ].join('\n'),
  );
}

/** As a suite anywhere in this working directory names it. */
function referenceTo(cardPath: string): string {
  return resolve(dirname(cardPath)) === resolve('models') ? basename(cardPath, '.yaml') : resolve(cardPath);
}

/** A file, or the id of a published checkpoint that was fetched. */
function locate(reference: string): { path: string; published?: CheckpointCard } {
  if (existsSync(reference) || !checkpointIds().includes(reference)) return { path: reference };
  const published = findCheckpointCard(reference);
  const path = checkpointPath(published);
  if (existsSync(path)) return { path, published };
  throw new ResourceError(`${path}: not fetched yet; get it with "densebench models fetch ${reference}"`);
}

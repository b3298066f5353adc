import { basename } from 'node:path';
import type { CheckpointCard } from '../checkpoints/card.ts';
import type { Task } from '../core/tasks.ts';
import type { ImageSize, NetworkConfig } from '../network/index.ts';
import { OWN_CONVENTIONS } from './own-conventions.ts';

export interface ImportedModel {
  /** File name of the ONNX file, which the card lies beside. */
  readonly onnx: string;
  readonly checkpoint: { readonly name: string; readonly sha256: string };
  readonly published?: CheckpointCard;
  readonly config: NetworkConfig;
  readonly size: ImageSize;
  readonly cost: { readonly params: number; readonly macs: number };
}

/** The model card of an imported reference network: the authors' conventions, and their bicubic up-sampling. */
export function importedCard({ onnx, checkpoint, published, config, size, cost }: ImportedModel): string {
  const tasks = config.tasks ?? [];
  const title = published?.title ?? `${checkpoint.name}: ${tasks.join(', ')}`;
  const licence = published?.licence.name ?? 'unknown: that of the checkpoint';
  const head = [
    `# Imported by densebench from ${JSON.stringify(checkpoint.name)}, SHA-256 ${checkpoint.sha256}.`,
    '# The conventions are those of the authors of the network; correct what your training did otherwise.',
    `id: ${identifierOf(onnx)}`,
    `title: ${JSON.stringify(title)}`,
    `licence: ${JSON.stringify(licence)}`,
    `onnx: ${JSON.stringify(onnx)}`,
    'input:',
    `  width: ${size.width}`,
    `  height: ${size.height}`,
    ...OWN_CONVENTIONS.input.map((line) => `  ${line}`),
    'outputs:',
    ...tasks.map((task) => `  ${OUTPUTS[task](published)}`),
    'resize: bicubic',
    `cost: { params: ${cost.params}, macs: ${cost.macs} } # learnable, before folding; convolution multiply-adds`,
  ];
  const note = published?.note === undefined ? [] : [`# ${published.note}`];
  return [...head, ...note, ''].join('\n');
}

const OUTPUTS: Readonly<Record<Task, (published: CheckpointCard | undefined) => string>> = {
  segmentation: (published) => {
    const each = Object.entries(published?.slices ?? {}).map(
      ([taxonomy, { first, count }]) => `${JSON.stringify(taxonomy)}: { first: ${first}, count: ${count} }`,
    );
    const slices = each.length > 0 ? `, slices: { ${each.join(', ')} }` : '';
    return `segmentation: { name: segmentation, kind: logits${slices} }`;
  },
  depth: () => `depth: { name: depth, ${OWN_CONVENTIONS.depth.join(', ')} } # the authors take |depth|`,
  normals: () =>
    `normals: { name: normals, ${OWN_CONVENTIONS.normals.join(', ')} } # channels x, z, y of the camera frame`,
};

/** Ids are made of letters, digits, ".", "_" and "-". */
const identifierOf = (onnx: string): string => {
  const stem = basename(onnx, '.onnx').replace(/[^A-Za-z0-9._-]/g, '-');
  return /^[A-Za-z0-9]/.test(stem) ? stem : `model${stem}`;
};

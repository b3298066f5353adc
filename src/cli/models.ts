import type { Command } from 'commander';
import { registerConvert } from './models-convert.ts';
import type { ImportOptions } from './models-import.ts';
import { imageSize } from './options.ts';

const CHECKPOINT_ID = 'id of a published checkpoint (densebench models list)';

/** Each subcommand loads only what it needs: a checkpoint is imported in less than a second. */
export function registerModels(program: Command): void {
  const models = program
    .command('models')
    .description(
      'Inspects networks and checkpoints, imports checkpoints, converts networks, fetches published checkpoints.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  densebench models fetch nekrasov2019-nyud\n' +
        '  densebench models import nekrasov2019-nyud -o models/nyud.onnx\n' +
        '  densebench models import trained.ckpt --size 1200x350 -o models/mine.onnx\n' +
        '  densebench models inspect models/mine.onnx\n' +
        '  densebench models convert models/mine.onnx --to float16 -o models/mine-float16.onnx',
    );
  models
    .command('list')
    .description('Lists model cards and published checkpoints.')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => (await import('./models-list.ts')).listModels(options));
  models
    .command('inspect')
    .description('Says what a checkpoint, an ONNX file or a model card holds, and what it costs.')
    .argument('<file>', 'PyTorch checkpoint, ONNX file, or the id or path of a model card')
    .option('--size <WxH>', 'size of the image, where the file leaves it open', imageSize('--size'))
    .option('--json', 'print JSON')
    .action(async (file: string, options) => (await import('./models-inspect.ts')).inspectModel(file, options));
  models
    .command('import')
    .description('Turns a PyTorch checkpoint into an ONNX file with a model card beside it. Nothing of it is executed.')
    .argument('<checkpoint>', `a .ckpt or .pth, or the ${CHECKPOINT_ID}`)
    .requiredOption('-o, --output <file>', 'the ONNX file to write')
    .option('--arch <name>', 'architecture of the weights (default: recognised from the tensors)')
    .option('--size <WxH>', 'size of the image (default: the published one, else 640x480)', imageSize('--size'))
    .option('--force', 'overwrite the ONNX file')
    .addHelpText(
      'after',
      '\nExamples:\n  densebench models import trained.ckpt --size 1200x350 -o models/mine.onnx\n' +
        '  densebench models import nekrasov2019-nyud -o models/nyud.onnx   (after models fetch)',
    )
    .action(async (checkpoint: string, options: ImportOptions) =>
      (await import('./models-import.ts')).importModel(checkpoint, options),
    );
  registerConvert(models);
  models
    .command('fetch')
    .description('Downloads a published checkpoint. A download that was cut off goes on where it ended.')
    .argument('<id>', CHECKPOINT_ID)
    .option('--yes', 'accept the licence')
    .option('--offline', 'download nothing')
    .action(async (id: string, options) => (await import('./models-fetch.ts')).fetchModel(id, options));
}

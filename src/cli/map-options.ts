import type { Command } from 'commander';
import { MAX_LABEL, MIN_LABEL } from '../formats/labels.ts';
import { NORMALS_ENCODING_IDS } from '../formats/normals-encoding.ts';
import { alternatives, positiveNumber, wholeNumber } from './options.ts';
import { addProtocolOptions } from './protocol-options.ts';

/** More classes than any label set has; the confusion matrix takes classes squared. */
const MAX_CLASSES = 2048;

const scale = (option: string) => positiveNumber(option, 'metres per stored unit');
const encodings = `${alternatives(NORMALS_ENCODING_IDS)} | <file.yaml>`;

/** How stored maps are read and which of their pixels count; ScoreOptions, but for what names the maps. */
export function addMapOptions(command: Command): Command {
  command
    .option('--mask <path>', 'file or folder; a pixel counts where its mask is not 0')
    .option('--classes <count>', 'segmentation: classes are 0..count-1', wholeNumber('--classes', 1, MAX_CLASSES))
    .option(
      '--ignore <label>',
      'segmentation: truth of this label does not count (default: 255)',
      wholeNumber('--ignore', MIN_LABEL, MAX_LABEL),
    )
    .option('--target-labels <file>', 'segmentation: translate stored truth labels (see "densebench score --help")');
  return addProtocolOptions(command, 'plain')
    .option('--prediction-scale <factor>', 'depth: metres = stored prediction x factor', scale('--prediction-scale'))
    .option('--target-scale <factor>', 'depth: metres = stored truth x factor', scale('--target-scale'))
    .option('--prediction-encoding <name>', `normals: ${encodings} (default: plain)`)
    .option('--target-encoding <name>', `normals: ${encodings} (default: plain)`);
}

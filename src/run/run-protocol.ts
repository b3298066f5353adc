import type { DatasetInfo } from '../core/dataset.ts';
import { PROTOCOL_PRESETS, type ProtocolId } from '../core/protocol-presets.ts';
import type { RunProtocol } from '../core/record.ts';
import { resolveProtocol } from '../metrics/protocols.ts';

/** A preset as the record of a run has it: with the rules that the data set decides, and what the preset says of itself. */
export function runProtocol(
  id: ProtocolId,
  { taxonomy, classNames, depthTruth }: Pick<DatasetInfo, 'taxonomy' | 'classNames' | 'depthTruth'>,
): RunProtocol {
  const { title, source, figures } = PROTOCOL_PRESETS[id];
  const protocol = resolveProtocol(id, { classes: classNames.length || undefined, taxonomy, depthTruth });
  return { ...protocol, title, source, figures };
}

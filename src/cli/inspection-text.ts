import Table from 'cli-table3';
import { showShape } from '../formats/array.ts';
import { oneLine } from '../reports/text.ts';
import { trainingPairs } from '../reports/training.ts';
import type { Inspection } from './inspection.ts';

/** Without a line between rows: networks have hundreds of layers. */
const plain = {
  style: { head: [], border: [], compact: true },
};

/** What `models inspect` prints for people. */
export function inspectionText(inspection: Inspection): string {
  const { kind, container, file, bytes, uncounted, reasons, architecture, training } = inspection;
  const lines = [
    `${oneLine(file)}: ${kind}${container ? ` (${container} container)` : ''}, ${count(bytes)} bytes`,
    ...(architecture ? [`architecture: ${architecture.name} ${JSON.stringify(architecture.config)}`] : []),
    ...(architecture === null ? [`architecture: not recognised (${oneLine(reasons.architecture)})`] : []),
    ...(training ? trainingPairs(training).map(([label, words]) => `${label.toLowerCase()}: ${oneLine(words)}`) : []),
    ...(reasons.precision ? [`precision: ${reasons.precision}`] : []),
    `parameters (learnable, before folding): ${known(inspection.params, reasons.params)}`,
    `values stored: ${count(inspection.storedParams)}`,
    `multiply-adds: ${macsText(inspection)}`,
    ...(inspection.peakActivationBytes === undefined
      ? []
      : [`peak memory of activations: ${known(inspection.peakActivationBytes, reasons.peakActivationBytes)} bytes`]),
    ...(inspection.inputs ?? []).map((value) => `input  ${valueText(value)}`),
    ...(inspection.outputs ?? []).map((value) => `output ${valueText(value)}`),
  ];
  const tables = [tensorTable(inspection), layerTable(inspection)].filter((table) => table !== undefined);
  const missing = uncounted.map(({ name, op, reason }) => `not counted: ${oneLine(name)} (${op}): ${oneLine(reason)}`);
  return [...lines, ...tables, ...missing, ''].join('\n');
}

function macsText({ macs, macsBy, uncounted, reasons }: Inspection): string {
  if (macs === null || macsBy === null) return known(macs, reasons.macs);
  const parts = `convolutions ${count(macsBy.convolution)}, matrix products ${count(macsBy.matmul)}`;
  return `${count(macs)} (${parts})${uncounted.length ? `, at least: ${uncounted.length} layers are not counted` : ''}`;
}

function tensorTable({ tensors }: Inspection): string | undefined {
  if (!tensors) return undefined;
  const table = new Table({ head: ['tensor', 'shape', 'type', ''], ...plain });
  for (const { name, shape, dtype, sharedWith } of tensors)
    table.push([oneLine(name), showShape(shape), dtype, sharedWith ? `the same as ${oneLine(sharedWith)}` : '']);
  return table.toString();
}

function layerTable({ layers }: Inspection): string | undefined {
  if (!layers) return undefined;
  const table = new Table({
    head: ['layer', 'operator', 'output', 'values', 'multiply-adds'],
    colAligns: ['left', 'left', 'left', 'right', 'right'],
    ...plain,
  });
  for (const { name, op, outputShape, params, macs } of layers)
    table.push([
      oneLine(name),
      oneLine(op),
      outputShape ? showShape(outputShape) : 'unknown',
      count(params),
      macs === null ? 'not counted' : count(macs),
    ]);
  return table.toString();
}

const valueText = ({ name, shape, type }: NonNullable<Inspection['inputs']>[number]): string =>
  `${oneLine(name)}: ${type} ${shape ? shape.map((n) => n ?? '?').join('x') : 'of unknown shape'}`;

const known = (value: number | null, reason?: string): string =>
  value === null ? `unknown (${oneLine(reason ?? '')})` : count(value);

const count = (value: number): string => value.toLocaleString('en-US');

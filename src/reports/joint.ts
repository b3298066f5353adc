import { figureName, taskOf } from '../core/figure-name.ts';
import type { JointRecord, PartRecord } from '../core/joint-record.ts';
import { type MeasuredEntry, mainProtocol, type ReportedReading, type RunProtocol } from '../core/record.ts';
import { TASKS } from '../core/tasks.ts';
import { type ColumnSource, type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { accuracyColumn, costColumns, isNamed } from './columns.ts';
import { deltaMColumn, percent } from './delta-m.ts';
import { fixed, POOLED_OVER } from './figures.ts';
import { collectNotes } from './notes.ts';
import { protocolLines } from './protocol-lines.ts';
import { withSpread } from './seeds.ts';
import { type Difference, differenceToSpecialist, seedsToSpecialist } from './specialist.ts';
import { type Column, type Group, measuredGroups, type ProtocolLine, reportedGroups, type Table } from './table.ts';

/** Figures that a network has only where it holds several data sets. */
const OPEN_COLUMNS = [
  'segmentation/mIoU:open',
  'segmentation/gap',
  'segmentation/leak',
  'segmentation/sliceMass',
  'segmentation/dataSetAccuracy',
];
const JOINT_COLUMNS = [
  'segmentation/mIoU',
  ...OPEN_COLUMNS,
  'depth/rmse',
  'depth/rmseLog',
  'normals/meanDeg',
  'normals/medianDeg',
];

const NO_RANK: ProtocolLine = {
  label: 'Parts',
  words: 'each is data of its own, with a table of its own below; figures of different parts are never ranked',
};

/** The table over all parts of a run: a group of rows for each part, ranked by itself, then the papers' rows. */
export function buildJointTable(joint: JointRecord): Table {
  const measured = joint.parts.flatMap((part) => measuredOf(part));
  const known = [...measured, ...joint.reported].flatMap((entry): readonly ReportedReading[] => entry.readings);
  const names = joint.columns ?? JOINT_COLUMNS.filter((name) => known.some((reading) => isNamed(reading, name)));
  const hasSpecialist = joint.parts.some(({ specialist }) => specialist !== undefined);
  const hasDeltaM = joint.parts.some(({ record }) => record.deltaM !== undefined);
  const costs = costColumns(measured, joint.reported);
  const sourcesOf = (part: PartRecord | undefined) => [
    ...withDifference(
      names.map((name) => figureColumn(name, known, part)),
      names,
      hasSpecialist ? differenceColumn(part) : undefined,
    ),
    ...(hasDeltaM ? [deltaMColumn(part?.record)] : []),
    ...costs,
  ];
  const notes = collectNotes();
  const groups: Group[] = [
    ...joint.parts.flatMap((part) => measuredGroups(measuredOf(part), sourcesOf(part), notes, partWords(part))),
    ...reportedGroups(joint.reported, sourcesOf(undefined)),
  ];
  return {
    title: joint.suite.title,
    columns: sourcesOf(undefined).map(({ column }) => column),
    groups: groups.filter(({ rows }) => rows.length > 0),
    notes: notes.texts,
    protocol: [NO_RANK, ...joint.parts.flatMap((part) => linesOf(part, sourcesOf(part)))],
  };
}

const measuredOf = ({ record }: PartRecord): MeasuredEntry[] =>
  record.entries.filter((entry) => entry.kind === 'measured');

function partWords({ title, record: { data } }: PartRecord): string {
  const images = data.count === data.splitCount ? `${data.count}` : `${data.count} of ${data.splitCount}`;
  return `${title}: ${data.id} ${data.split}, ${images} images`;
}

/** The figure under the part's first protocol of its task; nothing where the part does not measure the task. */
function figureColumn(name: string, known: readonly ReportedReading[], part: PartRecord | undefined): ColumnSource {
  const task = taskOf(name);
  const protocol = part && task && mainProtocol(part.record, task);
  const source = withOtherPooling(accuracyColumn(name, known, protocol?.id), protocol);
  const isMeasured = part?.record.entries.some((entry) => entry.readings.some(({ key }) => taskOf(key) === task));
  if (!isMeasured) return { ...source, measured: () => EMPTY };
  if (!OPEN_COLUMNS.includes(name)) return source;
  return {
    ...source,
    measured: (entry) =>
      entry.readings.some((reading) => isNamed(reading, name)) ? source.measured(entry) : noOpen(entry),
  };
}

/** One column holds all parts and the papers' rows: where a preset's source pools otherwise, its cells say so. */
function withOtherPooling(source: ColumnSource, protocol: RunProtocol | undefined): ColumnSource {
  const printed = protocol?.figures?.map(figureName);
  return {
    ...source,
    measured(entry) {
      const cell = source.measured(entry);
      const { reading } = cell;
      const { pooling = 'pixel' } = printed?.find(({ key }) => key === reading?.key) ?? { pooling: reading?.pooling };
      if (!reading || reading.value === null || pooling === reading.pooling) return cell;
      const note = `over ${POOLED_OVER[reading.pooling]}; ${protocol?.id} itself pools over ${POOLED_OVER[pooling]}: see the table of the part`;
      return { ...cell, notes: [...(cell.notes ?? []), note] };
    },
  };
}

const noOpen = ({ images }: MeasuredEntry): DraftCell => ({
  text: UNDEFINED_TEXT,
  notes: [images > 0 ? 'this row has no channels of other data sets' : 'no image was run'],
});

const DIFFERENCE: Column = {
  label: 'Δ specialist',
  unit: 'points',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'mIoU less that of the network that was made for this data set alone (the mean over its seeds, where it has several), in points (hundredths)',
};

const differenceColumn = (part: PartRecord | undefined): ColumnSource => ({
  column: DIFFERENCE,
  measured: (entry) => differenceCell(part && differenceToSpecialist(part, entry)),
  seeds: (group) => differenceCell(part && seedsToSpecialist(part, group)),
  reported: () => EMPTY,
});

function differenceCell(difference: Difference | undefined): DraftCell {
  if (!difference) return EMPTY;
  if ('reason' in difference) return { text: UNDEFINED_TEXT, notes: [difference.reason] };
  const { value, error } = difference;
  if (error === undefined) return { text: percent(value) };
  return {
    text: withSpread(percent(value), fixed(100 * error, 2)),
    notes: ['± standard error of the difference of two means over seeds (Welch)'],
  };
}

/** Behind the figures of segmentation, of which it is one. */
function withDifference(
  sources: readonly ColumnSource[],
  names: readonly string[],
  difference: ColumnSource | undefined,
): readonly ColumnSource[] {
  if (!difference) return sources;
  const after = names.findLastIndex((name) => taskOf(name) === 'segmentation') + 1;
  return sources.toSpliced(after, 0, difference);
}

/** What stands below the table of each protocol that it shows, with the part before it. */
function linesOf(part: PartRecord, sources: readonly ColumnSource[]): ProtocolLine[] {
  const { record } = part;
  const shown = new Set(TASKS.flatMap((task) => mainProtocol(record, task) ?? []));
  const lines = [...shown].flatMap((protocol) => {
    const own = sources.filter(({ measured }) =>
      measuredOf(part).some((entry) => {
        const { reading } = measured(entry);
        return reading?.protocolId === protocol.id;
      }),
    );
    return own.length > 0 ? protocolLines(record, protocol, measuredOf(part), own) : [];
  });
  return lines
    .filter(({ label, words }, i) => lines.findIndex((other) => other.label === label && other.words === words) === i)
    .map(({ label, words }) => ({ label: `${part.id}, ${label.toLowerCase()}`, words }));
}

import CliTable from 'cli-table3';
import type { AnyRecord } from '../core/joint-record.ts';
import { arrowOf } from './figures.ts';
import type { Reporter } from './reporter.ts';
import { overviewOf, type Section, sectionsOf } from './sections.ts';
import { BEST_RULE, type Cell, type Column, hasBest, type Row, type Table } from './table.ts';
import { failureLines, oneLine } from './text.ts';

export interface TerminalView {
  /** Of the screen; 100 where that is not known, as in a pipe. */
  readonly columns?: number;
  readonly colour: boolean;
}

const USUAL_COLUMNS = 100;

export const terminal: Reporter = {
  extension: 'txt',
  title: 'tables for the screen',
  render: (records) => renderTerminal(records, { colour: false }),
};

export function renderTerminal(records: readonly AnyRecord[], view: TerminalView): string {
  const screen = screenOf(view);
  return `${records
    .flatMap(sectionsOf)
    .map((section) => drawSection(section, screen))
    .join('\n\n')}\n`;
}

/** As a run ends. */
export const renderOverview = (record: AnyRecord, view: TerminalView): string =>
  `${drawSection(overviewOf(record), screenOf(view))}\n`;

type Screen = Required<TerminalView>;
const screenOf = ({ columns = USUAL_COLUMNS, colour }: TerminalView): Screen => ({ columns, colour });

const STYLES = { bold: 1, dim: 2, yellow: 33 } as const;
const paint = ({ colour }: Screen, style: keyof typeof STYLES, text: string) =>
  colour ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;

function drawSection({ suite, warnings, tables, failures, line, hint }: Section, screen: Screen): string {
  const failed = failureLines(failures).map((failure) => wrap(`  ${oneLine(failure)}`, screen.columns));
  return [
    ...warnings.map((warning) => paint(screen, 'yellow', wrap(oneLine(warning), screen.columns))),
    paint(screen, 'bold', wrap(oneLine(suite.title), screen.columns)),
    ...tables.map((table, index) => drawTable(table, index > 0, screen)),
    ...(failed.length ? [['Failures', ...failed].join('\n')] : []),
    paint(screen, 'dim', wrap(oneLine(line), screen.columns)),
    ...(hint ? [wrap(oneLine(hint), screen.columns)] : []),
  ].join('\n\n');
}

/** One table with its title, where there is no run. */
export const renderTable = (table: Table, view: TerminalView): string => `${drawTable(table, true, screenOf(view))}\n`;

function drawTable(table: Table, hasTitle: boolean, screen: Screen): string {
  const below = [
    ...table.notes.map(({ mark, text }) => `(${mark}) ${text}`),
    ...(hasBest(table) ? [`* ${BEST_RULE}`] : []),
    ...table.protocol.map(({ label, words }) => `${label}: ${words}`),
  ];
  return [
    ...(hasTitle ? [paint(screen, 'bold', wrap(oneLine(table.title), screen.columns))] : []),
    parts(table, screen.columns)
      .map((columns) => drawGrid(table, columns, screen))
      .join('\n\n'),
    ...below.map((line) => paint(screen, 'dim', wrap(oneLine(line), screen.columns))),
  ].join('\n');
}

/** Room for the rows' names, and for words in a cell; what is longer is wrapped. */
const TITLE_COLUMNS = 28;
const WORDS_COLUMNS = 30;
const GAP = 2;

const marked = (marks: readonly string[]) => (marks.length ? ` (${marks.join(',')})` : '');
const titleText = ({ title, marks }: Row) => `${oneLine(title)}${marked(marks)}`;
const cellText = ({ text, best, marks }: Cell) => `${best ? '*' : ''}${oneLine(text)}${marked(marks)}`;
const headLines = ({ label, better, unit }: Column) => [oneLine(`${label} ${arrowOf(better)}`), unit && `[${unit}]`];

function titleWidth({ groups }: Table): number {
  const lengths = groups.flatMap(({ rows }) => rows.map((row) => titleText(row).length));
  return Math.min(TITLE_COLUMNS, Math.max(0, ...lengths)) + GAP;
}

function columnWidth({ groups, columns }: Table, j: number): number {
  const texts = groups.flatMap(({ rows }) => rows.map(({ cells }) => cellText(cells[j])));
  const longest = Math.max(...[...headLines(columns[j]), ...texts].map((text) => text.length));
  return (columns[j].align === 'left' ? Math.min(WORDS_COLUMNS, longest) : longest) + GAP;
}

/** All columns side by side where they fit; else accuracy and costs apart, each in as few parts as possible. */
function parts(table: Table, available: number): number[][] {
  const all = table.columns.map((_, j) => j);
  const sum = (columns: readonly number[]) =>
    columns.reduce((total, j) => total + columnWidth(table, j), titleWidth(table));
  if (sum(all) <= available) return [all];
  const sections = [
    all.filter((j) => table.columns[j].section === 'accuracy'),
    all.filter((j) => table.columns[j].section === 'cost'),
  ];
  return sections.flatMap((columns) => {
    const split: number[][] = [];
    for (const j of columns) {
      const last = split[split.length - 1];
      if (last && sum([...last, j]) <= available) last.push(j);
      else split.push([j]);
    }
    return split;
  });
}

/** Rules across, no lines down: the blocks between the rules are grids of equal widths. */
function drawGrid(table: Table, columns: readonly number[], screen: Screen): string {
  const widths = [titleWidth(table), ...columns.map((j) => columnWidth(table, j))];
  const rule = '─'.repeat(widths.reduce((a, b) => a + b) - GAP);
  const block = (rows: readonly (readonly string[])[]) => {
    const grid = new CliTable({
      colAligns: ['left', ...columns.map((j) => table.columns[j].align)],
      colWidths: widths,
      wordWrap: true,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
      chars: NO_LINES,
    });
    grid.push(...rows.map((row) => [...row]));
    return grid.toString().replace(/ +$/gm, '');
  };
  const body = table.groups.flatMap(({ label, rows }) => {
    // In a part of the columns, a row may have nothing to show.
    const shown = rows
      .map((row) => ({ title: titleText(row), cells: columns.map((j) => row.cells[j]) }))
      .filter((row) => row.cells.some(({ text }) => text !== ''));
    if (shown.length === 0) return [];
    return [
      rule,
      ...(label !== '' ? [paint(screen, 'dim', wrap(oneLine(label), screen.columns))] : []),
      block(
        shown.map((row) => [
          row.title,
          ...row.cells.map((cell) => (cell.best ? paint(screen, 'bold', cellText(cell)) : cellText(cell))),
        ]),
      ),
    ];
  });
  const heads = columns.map((j) => headLines(table.columns[j]));
  return [
    rule,
    block([
      ['', ...heads.map(([label]) => label)],
      ['', ...heads.map(([, unit]) => unit)],
    ]),
    ...body,
    rule,
  ].join('\n');
}

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

function wrap(text: string, columns: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.join('\n');
}

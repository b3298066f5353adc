import { arrowOf } from './figures.ts';
import type { Reporter } from './reporter.ts';
import { type Section, sectionsOf } from './sections.ts';
import { BEST_RULE, type Cell, hasBest, type Table } from './table.ts';
import { failureLines, oneLine } from './text.ts';

export const markdown: Reporter = {
  extension: 'md',
  title: 'tables for GitHub',
  render: (records) => `${records.flatMap(sectionsOf).map(drawSection).join('\n\n---\n\n')}\n`,
};

/** A user's text that must become neither markup nor a cell of its own. */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~$]|^[#+=-]/g, (character) => `\\${character}`);
}

function drawSection({ suite, warnings, tables, failures, line, densebench }: Section): string {
  const failed = failureLines(failures);
  return [
    ...warnings.map((warning) => `> **${escapeMarkdown(warning)}**`),
    `## ${escapeMarkdown(suite.title)}`,
    ...tables.map((table, index) =>
      index === 0 ? drawTable(table) : `### ${escapeMarkdown(table.title)}\n\n${drawTable(table)}`,
    ),
    ...(failed.length ? [`### Failures\n\n${failed.map((failure) => `- ${escapeMarkdown(failure)}`).join('\n')}`] : []),
    `<sub>${escapeMarkdown(line)}; densebench ${escapeMarkdown(densebench)}</sub>`,
  ].join('\n\n');
}

/** One table without its title. */
export function drawTable(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = table.columns.map(({ label, unit, better }) =>
    escapeMarkdown([label, arrowOf(better), unit && `[${unit}]`].filter(Boolean).join(' ')),
  );
  const rows = table.groups.flatMap(({ label, rows }) => [
    ...(label !== '' ? [line([`*${escapeMarkdown(label)}*`, ...table.columns.map(() => '')])] : []),
    ...rows.map(({ title, marks, cells }) =>
      line([escapeMarkdown(title) + superscript(marks), ...cells.map(drawCell)]),
    ),
  ]);
  const grid = [
    line(['', ...head]),
    line([':--', ...table.columns.map(({ align }) => (align === 'right' ? '--:' : ':--'))]),
    ...rows,
  ].join('\n');
  const below = [
    ...table.notes.map(({ mark, text }) => `- <sup>${mark}</sup> ${escapeMarkdown(text)}`),
    ...(hasBest(table) ? [`- **Bold**: ${BEST_RULE}`] : []),
    ...table.protocol.map(({ label, words }) => `- ${label}: ${escapeMarkdown(words)}`),
  ];
  return below.length ? `${grid}\n\n${below.join('\n')}` : grid;
}

const superscript = (marks: readonly string[]) => (marks.length ? ` <sup>${marks.join(' ')}</sup>` : '');

function drawCell({ text, best, marks }: Cell): string {
  const shown = escapeMarkdown(text);
  return `${best ? `**${shown}**` : shown}${superscript(marks)}`;
}

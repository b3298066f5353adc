import { arrowOf } from './figures.ts';
import type { Reporter } from './reporter.ts';
import { type Section, sectionsOf } from './sections.ts';
import { BEST_RULE, hasBest, type Table } from './table.ts';
import { failureLines, oneLine } from './text.ts';

export const latex: Reporter = {
  extension: 'tex',
  title: 'booktabs tables, ready to paste into a paper',
  render: (records) =>
    `% needs \\usepackage{booktabs,graphicx}\n${records.flatMap(sectionsOf).map(drawSection).join('\n')}`,
};

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '“': '``',
  '”': "''",
  '"': "''",
  '`': '\\textasciigrave{}',
  // After a line end in a table, "[" and "*" would be taken for options of the line end.
  '*': '{*}',
  '[': '{[}',
  ']': '{]}',
  // Two of them would become a dash, and flags begin with two.
  '-': '-{}',
  '↑': '$\\uparrow$',
  '↓': '$\\downarrow$',
  '–': '--',
  '±': '$\\pm$',
  '×': '$\\times$',
  '≥': '$\\geq$',
  '°': '$^\\circ$',
  '²': '$^2$',
  '³': '$^3$',
  δ: '$\\delta$',
  Δ: '$\\Delta$',
  '₁': '$_1$',
  '₂': '$_2$',
  '₃': '$_3$',
  '\u202f': '\\,',
};

/** A user's text that must neither break nor run as LaTeX. */
export function escapeLatex(text: string): string {
  const quoted = oneLine(text).replace(/"([^"]*)"/g, '“$1”');
  return quoted.replace(/-(?=-)|[\\{}$&#%_^~<>|"`“”*[\]↑↓–±×≥°²³δΔ₁₂₃\u202f]/g, (character) => SPECIAL[character]);
}

/** In a comment a line end would set what follows free. */
const comment = (text: string) => `% ${oneLine(text)}`;

function drawSection(section: Section): string {
  const { suite, runId, warnings, tables, failures } = section;
  return [
    ...warnings.map(comment),
    comment(`suite ${suite.id} (${suite.hash}), run ${runId}`),
    ...failureLines(failures).map((line) => comment(`failed: ${line}`)),
    ...tables.map((table, index) => drawTable(section, table, index)),
  ].join('\n');
}

/** Columns of words are for screens: they would push the figures off the page. */
function withoutWords(table: Table): Table {
  const keep = table.columns.map(({ align }) => align === 'right');
  const kept = <V>(values: readonly V[]) => values.filter((_, i) => keep[i]);
  return {
    ...table,
    columns: kept(table.columns),
    groups: table.groups.map((group) => ({
      ...group,
      rows: group.rows.map((row) => ({ ...row, cells: kept(row.cells) })),
    })),
  };
}

/** Where data were looked for is a matter of one machine, not of a paper. */
const withoutPlaces = (warning: string) => warning.replace(/ \(looked in [^)]*\)/g, '');

function drawTable({ suite, runId, warnings }: Section, whole: Table, index: number): string {
  const table = withoutWords(whole);
  const width = table.columns.length + 1;
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  const superscript = (marks: readonly string[]) => (marks.length ? `\\textsuperscript{${marks.join(',')}}` : '');
  const rows = table.groups.flatMap((group, at) => [
    ...(group.label !== ''
      ? [
          ...(at === 0 ? [] : ['    \\midrule']),
          line([`\\multicolumn{${width}}{l}{\\emph{${escapeLatex(group.label)}}}`]),
        ]
      : []),
    ...group.rows.map(({ title, marks, cells }) =>
      line([
        escapeLatex(title) + superscript(marks),
        ...cells.map((cell) => {
          const text = escapeLatex(cell.text);
          return `${cell.best ? `\\textbf{${text}}` : text}${superscript(cell.marks)}`;
        }),
      ]),
    ),
  ]);
  const caption = [...warnings.map(withoutPlaces), suite.title, ...(index > 0 ? [table.title] : [])]
    .map(escapeLatex)
    .join('. ');
  const below = [
    ...table.notes.map(({ mark, text }) => `\\textsuperscript{${mark}}~${escapeLatex(text)}.`),
    ...(hasBest(table) ? [`Bold: ${escapeLatex(BEST_RULE)}`] : []),
    ...table.protocol.map(({ label, words }) => `${label}: ${escapeLatex(words).replace(/\.$/, '')}.`),
  ];
  return [
    '\\begin{table}',
    '  \\centering\\small\\setlength{\\tabcolsep}{4pt}',
    `  \\caption{${caption}}`,
    `  \\label{tab:${`${suite.id}-${runId}`.replace(/[^A-Za-z0-9-]/g, '-')}${index > 0 ? `-${index + 1}` : ''}}`,
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{',
    `  \\begin{tabular}{l${table.columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(['', ...table.columns.map(({ label, better }) => escapeLatex(`${label} ${arrowOf(better)}`))]),
    line(['', ...table.columns.map(({ unit }) => escapeLatex(unit))]),
    '    \\midrule',
    ...rows,
    '    \\bottomrule',
    '  \\end{tabular}',
    '  }',
    ...(below.length ? ['  \\par\\smallskip\\footnotesize\\raggedright', ...below.map((text) => `  ${text}`)] : []),
    '\\end{table}',
    '',
  ].join('\n');
}

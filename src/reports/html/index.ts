import { type AnyRecord, isJointRecord, type JointRecord, type PartRecord } from '../../core/joint-record.ts';
import type { Panel, RunRecord } from '../../core/record.ts';
import { arrowOf } from '../figures.ts';
import { buildJointTable } from '../joint.ts';
import type { PanelsByRun, Reporter } from '../reporter.ts';
import { buildTables, type Column } from '../table.ts';
import { oneLine, runLine, warningsOf } from '../text.ts';
import { classSection } from './classes.ts';
import { costSection } from './costs.ts';
import { latencySection } from './latency.ts';
import { type Markup, html as markup, NOTHING } from './markup.ts';
import { noiseSection } from './noise.ts';
import { panelSection } from './panels.ts';
import { failureSection, provenanceSection } from './provenance.ts';
import { STYLE } from './style.ts';
import { drawTable } from './table.ts';

/** One page that opens from disk: no script, nothing from the network, every string escaped. */
export const html: Reporter = {
  extension: 'html',
  title: 'one self-contained page with pictures, latency and provenance',
  render(records, panels) {
    const title = records.map(({ suite }) => oneLine(suite.title)).join('; ');
    const style: Markup = { markup: STYLE };
    return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title} · densebench</title><style>${style}</style></head>
<body><main>
${records.flatMap((record, index) => articles(record, panels, `run${index + 1}`))}
</main></body></html>
`.markup;
  },
};

/** One for a run; for a run of several parts one with the table over all, then one for each part. */
function articles(record: AnyRecord, panels: PanelsByRun | undefined, anchor: string): Markup[] {
  const own = (run: RunRecord, at: string) => article(run, panels?.get(run) ?? [], at);
  if (!isJointRecord(record)) return [own(record, anchor)];
  return [jointArticle(record, anchor), ...record.parts.map((part) => own(part.record, partAnchor(anchor, part)))];
}

const partAnchor = (anchor: string, { id }: PartRecord) => `${anchor}-${id}`;

function jointArticle(record: JointRecord, anchor: string): Markup {
  const { suite, runId, command, parts } = record;
  const table = buildJointTable(record);
  return markup`<article id="${anchor}">
${warningsOf(record).map((warning) => markup`<div class="banner" role="alert">${warning}</div>`)}
<header><h1>${suite.title}</h1>
<p class="lead">densebench suite <code>${suite.id}</code>, run <code>${runId}</code></p></header>
<section><h2>All parts</h2>${drawTable(table, `${anchor}-t1`)}</section>
<section><h2>Parts</h2><ul>
${parts.map((part) => markup`<li><a href="#${partAnchor(anchor, part)}">${part.title}</a>: ${part.record.data.title}, ${part.record.outcome}</li>`)}
</ul><p class="small muted">${runLine(record)}; command: <code>${command}</code></p></section>
${glossary(table.columns)}
</article>`;
}

function article(record: RunRecord, panels: readonly Panel[], anchor: string): Markup {
  const [main, ...further] = buildTables(record);
  return markup`<article id="${anchor}">
${warningsOf(record).map((warning) => markup`<div class="banner" role="alert">${warning}</div>`)}
<header><h1>${record.suite.title}</h1>
<p class="lead">densebench suite <code>${record.suite.id}</code>, run <code>${record.runId}</code></p>
${facts(record)}</header>
<section><h2>${record.labels || record.protocols.length > 0 ? main.title : 'Results'}</h2>${drawTable(main, `${anchor}-t1`)}</section>
${further.map((table, i) => markup`<section><h2>${table.title}</h2>${drawTable(table, `${anchor}-t${i + 2}`)}</section>`)}
${[noiseSection(record), classSection(record), costSection(record), latencySection(record), panelSection(panels, record), failureSection(record), provenanceSection(record)]}
${glossary([main, ...further].flatMap(({ columns }) => columns))}
</article>`;
}

function facts(record: RunRecord): Markup {
  const { data, environment, startedAt, finishedAt } = record;
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  const duration = seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
  const measured = record.entries.filter(({ kind }) => kind === 'measured').length;
  const fact = (label: string, value: string, more: string) =>
    markup`<div><dt>${label}</dt><dd>${value}<span>${more}</span></dd></div>`;
  return markup`<dl class="facts">
${fact('Data', `${data.id} ${data.split}`, data.isSample ? 'sample data' : data.title)}
${fact('Images', `${data.count}`, data.count === data.splitCount ? 'the whole split' : `of ${data.splitCount} in the split`)}
${fact('Rows', `${measured} measured`, `${record.entries.length - measured} reported by papers`)}
${fact('Finished', finishedAt.slice(0, 16).replace('T', ' '), `UTC, after ${duration}`)}
${fact('Machine', environment.cpu, `${environment.cores} logical cores, ${environment.memoryGiB} GiB`)}
</dl>`;
}

function glossary(columns: readonly Column[]): Markup {
  const known = columns.filter(
    ({ label, meaning }, i) => meaning !== '' && columns.findIndex((other) => other.label === label) === i,
  );
  if (known.length === 0) return NOTHING;
  return markup`<section><h2>Glossary</h2><dl class="pairs">
${known.map(
  ({ label, unit, better, meaning }) =>
    markup`<dt>${label} ${arrowOf(better)}${unit ? ` [${unit}]` : ''}</dt><dd>${meaning}</dd>`,
)}</dl></section>
<footer class="small muted">↑ higher is better, ↓ lower is better. Fractions are printed as percent; the CSV and the run record hold every digit.</footer>`;
}

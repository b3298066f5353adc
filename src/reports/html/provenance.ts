import type { MeasuredEntry, RunRecord } from '../../core/record.ts';
import { derivedWords } from '../text.ts';
import { trainingPairs } from '../training.ts';
import { html, type Markup, NOTHING } from './markup.ts';

type Pair = readonly [label: string, words: string | undefined];

const pairs = (list: readonly Pair[]) =>
  html`<dl class="pairs">${list.flatMap(([label, words]) => (words === undefined ? [] : [html`<dt>${label}</dt><dd>${words}</dd>`]))}</dl>`;

/** Everything needed to run this again and to know that it was the same. */
export function provenanceSection(record: RunRecord): Markup {
  const { suite, data, environment: env } = record;
  const entries = record.entries.filter((entry) => entry.kind === 'measured');
  return html`<section><h2>Provenance</h2>
<h3>Run</h3>
${pairs([
  ['Command', record.command],
  ['Run', `${record.runId}, ${record.outcome}`],
  ['Suite', `${suite.id}, fingerprint ${suite.hash}`],
  ['Time', `${record.startedAt} to ${record.finishedAt}`],
  ['Limit', record.limit === undefined ? undefined : `${record.limit} images`],
])}
<h3>Data</h3>
${pairs([
  ['Data set', `${data.id}: ${data.title}`],
  ['Stands in for', data.standsInFor && `${data.standsInFor.id} (${data.standsInFor.reason})`],
  ['Split', `${data.split}, ${data.count} of ${data.splitCount} images`],
  ['Left out', data.leftOut === undefined ? undefined : `${data.leftOut} entries of the list that have no truth`],
  ['Sample ids', `SHA-256 ${data.sampleIdsSha256}`],
  ['Classes', data.taxonomy],
  ['Depth truth', data.depthTruth],
  ['Licence', data.licence],
  ['Found at', data.location],
])}
${entries.map(entryCard)}
<h3>Environment</h3>
${pairs([
  ['densebench', env.densebench],
  ['Git', env.git && `${env.git.commit}${env.git.dirty ? ', with changes that are not committed' : ''}`],
  ['Machine', `${env.cpu}, ${env.cores} logical cores, ${env.memoryGiB} GiB`],
  [
    'Load before the run',
    env.loadAverage1m === undefined
      ? undefined
      : `${env.loadAverage1m} (one-minute average of waiting and running processes)`,
  ],
  ['Platform', `${env.platform}, Node ${env.node}`],
  [
    'Packages',
    Object.entries(env.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ') || undefined,
  ],
])}</section>`;
}

function entryCard({ id, title, model, backend, cost, images, failed, evidence }: MeasuredEntry): Markup {
  const options = Object.keys(backend.options).length > 0 ? JSON.stringify(backend.options) : undefined;
  return html`<h3>Entry ${title}</h3>
${pairs([
  ['Id', id],
  ['Model', model && `${model.id}: ${model.title}${model.note === undefined ? '' : ` (${model.note})`}`],
  ...(model?.training ? trainingPairs(model.training) : []),
  ['Weights', backend.weightsSha256 && `SHA-256 ${backend.weightsSha256}`],
  [
    'Backend',
    `${backend.id} ${backend.version} on ${backend.device}${backend.threads === undefined ? '' : `, threads: ${backend.threads}`}`,
  ],
  ['Options', options],
  ['Derived', derivedWords(backend)],
  ['Cost', cost && costWords(cost)],
  [
    'Images',
    `${images} tallied${failed > 0 ? `, ${failed} failed` : ''}; evidence ${
      Object.entries(evidence)
        .map(([task, hash]) => `${task} ${hash}`)
        .join(', ') || 'none'
    }`,
  ],
])}`;
}

const costWords = ({ params, macs, inputSize }: NonNullable<MeasuredEntry['cost']>): string =>
  `${params ?? 'unknown'} learnable parameters, ${macs ?? 'unknown'} MACs at ${inputSize}`;

/** Every failure, for nobody reads a number that left images out without wanting to know which. */
export function failureSection({ failures }: RunRecord): Markup {
  if (failures.length === 0) return NOTHING;
  return html`<section><h2>Failures</h2><ul class="failures">
${failures.map(({ entry, sample, message }) => html`<li><code>${entry}</code>${sample === undefined ? '' : html`, <code>${sample}</code>`}: ${message}</li>`)}
</ul></section>`;
}

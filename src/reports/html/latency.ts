import type { LatencyRecord, RejectedLatency, StageSummary } from '../../core/latency-record.ts';
import type { MeasuredEntry, RunRecord } from '../../core/record.ts';
import { measuresOf } from '../../run/latency-stability.ts';
import { UNDEFINED_TEXT } from '../column-source.ts';
import { fixed } from '../figures.ts';
import { wherePhrase } from '../latency-columns.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { ratioPlot } from './ratios.ts';

const STAGES = [
  { stage: 'prepare', label: 'prepare', fill: 'var(--c1)' },
  { stage: 'infer', label: 'infer', fill: 'var(--c2)' },
  { stage: 'postprocess', label: 'post-process', fill: 'var(--c3)' },
] as const;

const ms = (value: number) => fixed(value, value < 10 ? 2 : 1);

export function latencySection(record: RunRecord): Markup {
  const entries = record.entries.flatMap((entry) =>
    entry.kind === 'measured' && entry.latency ? [{ entry, latency: entry.latency }] : [],
  );
  const without = record.entries.flatMap((entry) =>
    entry.kind === 'measured' && entry.latencyRejected ? [drawRejected(entry, entry.latencyRejected)] : [],
  );
  if (entries.length + without.length === 0) return ratioPlot(record);
  const longest = Math.max(...entries.map(({ latency }) => stageSum(latency)));
  return html`<section><h2>Latency</h2>
<p class="small muted">One image at a time, each entry in a process of its own with nothing else of this run beside it. Times depend on the machine and its load: absolute figures are not ranked.</p>
<ul class="key">${STAGES.map(({ label, fill }) => html`<li><i style="background:${fill}"></i>${label}</li>`)}</ul>
${entries.map(({ entry, latency }) => drawEntry(entry, latency, longest))}${without}${ratioPlot(record)}</section>`;
}

const stageSum = ({ stages }: LatencyRecord) => STAGES.reduce((sum, { stage }) => sum + stages[stage].medianMs, 0);

function drawEntry(entry: MeasuredEntry, latency: LatencyRecord, longest: number): Markup {
  const { total } = latency.stages;
  const { inputSize, warmupCalls, loadMs, firstCallMs, samplesMs } = latency;
  return html`<div class="latency"><div><h3>${entry.title}</h3>
<div class="big">${ms(total.medianMs)} <small>ms median</small></div>
<p class="small muted">${spread(total)}<br>${total.count} calls after ${warmupCalls} to warm up; loading ${ms(loadMs)} ms, first call ${ms(firstCallMs)} ms${memory(latency)}<br>${entry.backend.id}, ${wherePhrase(latency)}, batch 1, ${inputSize}${verdict(latency)}</p></div>
<div>${stageBar(latency, longest)}${strip(samplesMs.total)}</div></div>`;
}

/** Why there is no figure, and the calls of every attempt. */
function drawRejected(entry: MeasuredEntry, { rejectedAttempts = [], samplesMs, stability }: RejectedLatency): Markup {
  const last = stability?.verdict === 'invalid' ? [{ reason: stability.reason, samplesMs }] : [];
  const attempts = [...rejectedAttempts, ...last];
  return html`<div class="latency"><div><h3>${entry.title}</h3>
<div class="big">${UNDEFINED_TEXT}</div>
<p class="small muted">no figure, all attempts invalid${attempts.map(({ reason }, i) => html`<br>attempt ${i + 1}: ${reason}`)}</p></div>
<div>${attempts.map((attempt) => strip(attempt.samplesMs.total))}</div></div>`;
}

const memory = ({ peakMemoryBytes }: LatencyRecord) =>
  peakMemoryBytes === undefined ? '' : `, peak memory ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`;

/** The verdict and the quantities that it rests on; where the system does not tell one, it is left out. */
function verdict({ samplesMs, conditions, stability, rejectedAttempts = [] }: LatencyRecord): Markup {
  if (!conditions || !stability) return NOTHING;
  const { waiting, others, drift, dispersion } = measuresOf(samplesMs.total, conditions);
  const facts = [
    ...(waiting === undefined ? [] : [`waiting for a core ${percent(waiting)}`]),
    ...(others === undefined ? [] : [`others used ${percent(others)} of ${conditions.cores} cores`]),
    `last third against the first ${drift < 0 ? '' : '+'}${percent(drift)}`,
    `dispersion ${percent(dispersion)}`,
  ];
  const before = rejectedAttempts.map(({ reason }, i) => html`<br>attempt ${i + 1}, invalid: ${reason}`);
  const which = before.length > 0 ? `attempt ${before.length + 1}, ${stability.verdict}` : stability.verdict;
  return html`${before}<br>${which}: ${facts.join(', ')}`;
}

const percent = (fraction: number) => `${fixed(100 * fraction, 1)} %`;

function spread({ minimumMs, meanMs, p90Ms, p95Ms, p99Ms }: StageSummary): string {
  const percentiles = [
    p90Ms === undefined ? [] : [`p90 ${ms(p90Ms)}`],
    p95Ms === undefined ? [] : [`p95 ${ms(p95Ms)}`],
    p99Ms === undefined ? [] : [`p99 ${ms(p99Ms)}`],
  ].flat();
  return [`minimum ${ms(minimumMs)}`, `mean ${ms(meanMs)}`, ...percentiles].join(', ');
}

const WIDTH_PX = 600;

/** Medians of the stages end to end, on one scale for all entries. */
function stageBar(latency: LatencyRecord, longest: number): Markup {
  let x = 0;
  const pieces = STAGES.map(({ stage, label, fill }) => {
    const { medianMs } = latency.stages[stage];
    const width = longest > 0 ? (medianMs / longest) * WIDTH_PX : 0;
    const piece = html`<rect x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="18" style="fill:${fill}"><title>${label}: ${ms(medianMs)} ms</title></rect>`;
    x += width;
    return piece;
  });
  const words = STAGES.map(({ stage, label }) => `${label} ${ms(latency.stages[stage].medianMs)} ms`).join(' · ');
  return html`<svg viewBox="0 0 ${WIDTH_PX} 36" role="img" aria-label="${words}">${pieces}<text x="0" y="32">${words}</text></svg>`;
}

const STRIP_PX = { height: 70, left: 44, right: 6 };
/** Longer series are thinned to this many dots; the extremes of each stretch stay. */
const MAX_DOTS = 600;

/** Every call in order of time: drift, stalls and outliers show here and in no single number. */
function strip(samplesMs: readonly number[]): Markup {
  if (samplesMs.length < 2) return NOTHING;
  const low = Math.min(...thinned(samplesMs).map(({ value }) => value));
  const high = Math.max(...thinned(samplesMs).map(({ value }) => value));
  const { height, left, right } = STRIP_PX;
  const x = (index: number) => left + (index / (samplesMs.length - 1)) * (WIDTH_PX - left - right);
  const y = (value: number) => 8 + (1 - (value - low) / (high - low || 1)) * (height - 16);
  const dots = thinned(samplesMs).map(
    ({ index, value }) =>
      html`<circle cx="${x(index).toFixed(1)}" cy="${y(value).toFixed(1)}" r="1.8" style="fill:var(--c2);fill-opacity:.75"/>`,
  );
  const label = `${samplesMs.length} calls in order of time, ${ms(low)} to ${ms(high)} ms`;
  return html`<svg viewBox="0 0 ${WIDTH_PX} ${height + 16}" role="img" aria-label="${label}">
<line x1="${left}" x2="${WIDTH_PX - right}" y1="${y(low).toFixed(1)}" y2="${y(low).toFixed(1)}" style="stroke:var(--line)"/>
<line x1="${left}" x2="${WIDTH_PX - right}" y1="${y(high).toFixed(1)}" y2="${y(high).toFixed(1)}" style="stroke:var(--line)"/>
<text x="${left - 6}" y="${(y(high) + 4).toFixed(1)}" text-anchor="end">${ms(high)}</text>
<text x="${left - 6}" y="${(y(low) + 4).toFixed(1)}" text-anchor="end">${ms(low)}</text>
${dots}<text x="${left}" y="${height + 12}">each call of the whole chain, in order of time [ms]</text></svg>`;
}

function thinned(samples: readonly number[]): { index: number; value: number }[] {
  const all = samples.map((value, index) => ({ index, value }));
  if (samples.length <= MAX_DOTS) return all;
  const stretch = Math.ceil((2 * samples.length) / MAX_DOTS);
  return Array.from({ length: Math.ceil(samples.length / stretch) }, (_, i) => {
    const sorted = all.slice(i * stretch, (i + 1) * stretch).sort((a, b) => a.value - b.value);
    return [sorted[0], sorted[sorted.length - 1]];
  }).flat();
}

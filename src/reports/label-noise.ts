import type { NoiseMatrix } from '../core/labels-record.ts';
import type { QualityRecord } from '../experts/quality/record.ts';
import type { ProtocolLine } from './table.ts';

/** The mistakes that are named; quality.json has them all. */
const SHOWN = 5;

/** In words: which classes the unfiltered labels take for which, and what a second network doubts. */
export function noiseLines({ noise, judge }: QualityRecord): ProtocolLine[] {
  return [
    ...(noise ? [{ label: 'Noise', words: noiseWords(noise) }] : []),
    ...(judge ? [{ label: 'Confident learning', words: judgeWords(judge) }] : []),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The most frequent mistakes in words. */
export function noiseWords({ classNames, shares, pixels }: NoiseMatrix): string {
  const mistakes = shares.flatMap((row, t) =>
    (row ?? []).flatMap((share, g) => (g === t || share === 0 ? [] : [{ t, g, share, count: share * pixels[t] }])),
  );
  if (mistakes.length === 0) return 'no label contradicts the truth';
  const shown = mistakes
    .sort((a, b) => b.count - a.count)
    .slice(0, SHOWN)
    .map(({ t, g, share }) => `${percent(share)} of ${classNames[t]} labelled ${classNames[g]}`);
  return `most frequent, unfiltered: ${shown.join(', ')}`;
}

function judgeWords(judge: NonNullable<QualityRecord['judge']>): string {
  const { model, labelled, flagged, flaggedJudged, flaggedWrong, wrong } = judge;
  const doubted = `${model} doubts ${flagged} of ${labelled} labels (${percent(flagged / labelled)})`;
  if (flaggedJudged === 0 || wrong === 0) return doubted;
  return `${doubted}; of those with a truth ${percent(flaggedWrong / flaggedJudged)} are wrong, which is ${percent(flaggedWrong / wrong)} of all wrong labels`;
}

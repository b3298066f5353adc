import type { TrainingData, TrainingRecord } from '../core/training.ts';
import { fixed, formatMeasured, grouped, headingOf } from './figures.ts';

/** How a network was trained and what came of it, as label and words. */
export function trainingPairs(training: TrainingRecord): (readonly [label: string, words: string])[] {
  const { recipe, seed, data, imagesSeen, hardware, seconds, date, backend, measured = [] } = training;
  const sets = data.map((each) => `${each.id} ${each.split} (${taughtWords(each)})`).join(', ');
  return [
    [
      'Trained',
      `recipe ${recipe}, seed ${seed}, on ${sets}: ${grouped(imagesSeen)} images seen in ${durationWords(seconds)} on ${hardware} with ${backend}, ${date}`,
    ],
    ...measured.map(
      ({ command, data: on, figures }) => ['Measured', `${figureWords(figures)} on ${on}: ${command}`] as const,
    ),
  ];
}

function taughtWords({ images, labelled = {}, layers = [] }: TrainingData): string {
  const shares = Object.entries(labelled).map(([task, share]) => `${task} of ${fixed(100 * share, 0)} % of them`);
  const experts = layers.map(
    ({ experts: each, filter }) =>
      `labels of ${each.map(({ id }) => id).join(' + ')}${filter ? ` where ${filter.score} >= ${filter.threshold}` : ''}`,
  );
  return [`${grouped(images)} images`, ...shares, ...experts].join(', ');
}

export function figureWords(figures: Readonly<Record<string, number>>): string {
  const words = Object.entries(figures).map(([key, value]) => {
    const { label, unit } = headingOf(key, 'pixel', unitOf(key));
    return `${label} ${formatMeasured(key, value)}${unit === '' ? '' : ` ${unit}`}`;
  });
  return words.join(', ');
}

/** Cards give values alone; figures that are no fractions tell their unit by their names. */
function unitOf(key: string): string {
  if (/Deg$/.test(key)) return 'deg';
  return /^depth\/(rmse|mae)$/.test(key) ? 'm' : '1';
}

function durationWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

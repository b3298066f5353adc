import Table from 'cli-table3';
import type { Task } from '../core/tasks.ts';
import type { Diagnosis, Verdict } from '../run/doctor/verdict.ts';
import { YARDSTICKS } from '../run/doctor/yardstick.ts';
import { formatMeasured, headingOf } from './figures.ts';
import { oneLine } from './text.ts';

/** What the doctor found, then everything that it tried. Words are "would move", never "is wrong": it saw some images. */
export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { title, images, imagesInAll, groups, figures, verdicts } = diagnosis;
  const named = verdicts.filter(({ verdict, explainedBy }) => verdict === 'found' && explainedBy === undefined);
  const now = figures.map(({ key, value, reason }) =>
    value === null
      ? `${key} undefined (${reason})`
      : `${headingOf(key, 'pixel', '').label} ${shown(taskOf(key), value)}`,
  );
  const seen = `${images} of ${imagesInAll} image(s)${groups < images ? ` in ${groups} groups` : ''}`;
  return [
    `${oneLine(title)}: ${seen}`,
    `as it is: ${now.join(', ')}`,
    '',
    ...(named.length ? named.flatMap((verdict) => finding(verdict, verdicts, images)) : [nothing(verdicts)]),
    table(verdicts),
    '',
  ].join('\n');
}

function finding(verdict: Verdict, verdicts: readonly Verdict[], images: number): string[] {
  const { task, title, mistake, effect, figure, confidence } = verdict;
  if (!effect) return [];
  const others = verdicts.filter((other) => other.task === task && other.explainedBy === mistake);
  return [
    `FOUND, ${task}: ${title}`,
    `  ${effect.words}`,
    `  would move ${figure} from ${maybe(task, effect.now)} to ${maybe(task, effect.after)}${interval(verdict)}, on ${images} image(s); confidence ${confidence}`,
    ...others.map(
      (other) => `  also, explained by it: ${other.title} (to ${maybe(task, other.effect?.after ?? null)})`,
    ),
    '',
  ];
}

function interval({ task, effect }: Verdict): string {
  if (!effect?.change) return ' (too few images or scenes for an interval)';
  const signed = (value: number) => `${value < 0 ? '-' : '+'}${shown(task, Math.abs(value))}`;
  return ` (95 % interval of the change: ${signed(effect.change.low)} to ${signed(effect.change.high)})`;
}

function nothing(verdicts: readonly Verdict[]): string {
  const tested = verdicts.filter(({ verdict }) => verdict !== 'not testable').length;
  return `Nothing found: none of the ${tested} mistakes that could be tested explains the figures.\n`;
}

function table(verdicts: readonly Verdict[]): string {
  const grid = new Table({
    head: ['task', 'mistake', 'verdict', 'now', 'if mended', 'why'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colWidths: [null, 34, null, null, null, 50],
    wordWrap: true,
  });
  for (const { task, title, verdict, effect, reason, explainedBy } of verdicts)
    grid.push([
      task,
      title,
      explainedBy === undefined ? verdict : 'also',
      effect ? maybe(task, effect.now) : '',
      effect ? maybe(task, effect.after) : '',
      explainedBy === undefined ? (reason ?? effect?.words ?? '') : `explained by ${explainedBy}`,
    ]);
  return grid.toString();
}

const taskOf = (key: string) => key.split('/')[0] as Task;
const maybe = (task: Task, value: number | null) => (value === null ? 'undefined' : shown(task, value));

function shown(task: Task, value: number): string {
  const { key, unit } = YARDSTICKS[task];
  return `${formatMeasured(key, value)} ${headingOf(key, 'pixel', unit).unit}`;
}

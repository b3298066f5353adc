export const SCHEDULES = ['poly', 'cosine', 'constant'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** Of DeepLab (Chen et al. 2017), which the authors of the reference network use too. */
const POLY_POWER = 0.9;

/**
 * The learning rate of a step: linear warm-up over the first `warmup` share, then the schedule down to 0.
 * @param step from 0, below `steps`
 */
export function learningRateAt(
  step: number,
  steps: number,
  {
    learningRate,
    schedule,
    warmup,
  }: { readonly learningRate: number; readonly schedule: Schedule; readonly warmup: number },
): number {
  const warm = Math.floor(warmup * steps);
  if (step < warm) return (learningRate * (step + 1)) / warm;
  const left = 1 - (step - warm) / Math.max(1, steps - warm);
  if (schedule === 'constant') return learningRate;
  if (schedule === 'poly') return learningRate * left ** POLY_POWER;
  return (learningRate * (1 - Math.cos(Math.PI * left))) / 2;
}

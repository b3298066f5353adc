import { openPredictor } from '../backends/open.ts';
import { MeasurementError, messageOf } from '../core/errors.ts';
import { measureLatency } from './latency.ts';
import type { LatencyAnswer, LatencyNews, LatencyTask } from './latency-process.ts';
import { identityOf } from './plan.ts';

/** The process that measures latency: one task by message, one answer, then it ends. */
process.once('message', (message) => {
  measure(message as LatencyTask)
    .then(
      (latency): LatencyAnswer => ({ latency }),
      (error): LatencyAnswer => ({ error: messageOf(error) }),
    )
    .then((answer) => process.send?.(answer, () => process.disconnect()))
    .catch(() => process.exit(1));
});

async function measure({ entry, rules, image, cacheDirectory, identity, built, tasks }: LatencyTask) {
  const { predictor, model, loadMs } = await openPredictor(entry, {
    cacheDirectory,
    built,
    tasks,
    openTrain: () => Promise.reject(new Error('latency is measured of networks only')),
  });
  try {
    if (identityOf(predictor.card, model?.card) !== identity)
      throw new MeasurementError('the model or its card changed after its accuracy was measured; run again');
    return await measureLatency(predictor, image, rules, loadMs, undefined, tellEverySecond());
  } finally {
    await predictor.close();
  }
}

const TELL_EVERY_MS = 1000;

/** A sign of life between two calls, never within one: at most one message a second. */
function tellEverySecond(): (calls: number) => void {
  let toldMs = performance.now();
  return (calls) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    process.send?.({ calls } satisfies LatencyNews);
  };
}

import { openPredictor } from '../backends/open.ts';
import { MeasurementError, messageOf } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import { auditOutputs } from './audit.ts';
import { measureLatency } from './latency.ts';
import { callsOf } from './latency-calls.ts';
import { alternate, type Reopen, type TimedCall } from './latency-compare.ts';
import { measureOpenLoop } from './latency-open-loop.ts';
import type { LatencyMessage, LatencyQuestion, Seat } from './latency-tasks.ts';
import { identityOf } from './plan.ts';

/**
 * The process that measures latency. It answers each question by one message and does nothing else; between two
 * questions it sleeps. It ends when the process that asks disconnects.
 */
const opened = new Set<Predictor>();
let sitting: Sitting | undefined;

process.on('message', (message) => {
  answerTo(message as LatencyQuestion).then(
    (answer) => send({ answer }),
    (error) => send({ error: messageOf(error) }),
  );
});
process.on('disconnect', () => {
  Promise.all([...opened].map((predictor) => predictor.close())).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

async function answerTo({ kind, question }: LatencyQuestion) {
  switch (kind) {
    case 'measure': {
      const { seat, rules, audit } = question;
      const { predictor, loadMs } = await open(seat);
      const latency = await measureLatency(predictor, seat.image, rules, loadMs, {
        onCall: tellEverySecond(),
        onRejected: (reason) => send({ rejected: reason }),
        onLast: (maps) => auditOutputs(predictor, audit, { sample: seat.sample, maps }),
      });
      return { ...latency, auditedImages: audit.length };
    }
    case 'openLoop': {
      const { predictor } = await open(question.seat);
      return measureOpenLoop(predictor, question.seat.image, question.rules);
    }
    case 'compare': {
      let [own, reference] = [await sit(question.own), await sit(question.reference)];
      const reopen: Reopen = async (ownFirst) => {
        await stand(own);
        await stand(reference);
        if (ownFirst) own = await sit(question.own);
        reference = await sit(question.reference);
        if (!ownFirst) own = await sit(question.own);
      };
      return alternate(
        () => own.call(),
        () => reference.call(),
        question.rules,
        { onCall: tellEverySecond(), reopen },
      );
    }
    case 'sit':
      if (sitting) await stand(sitting);
      sitting = await sit(question.seat);
      return null;
    case 'turn':
      if (!sitting) throw new Error('a turn was asked for before a predictor was opened');
      return sitting.call();
  }
}

interface Sitting {
  readonly predictor: Predictor;
  readonly call: TimedCall;
}

async function sit(seat: Seat): Promise<Sitting> {
  const { predictor } = await open(seat);
  const call = callsOf(predictor, seat.image, () => performance.now());
  return { predictor, call: async () => (await call()).total };
}

async function stand({ predictor }: Sitting): Promise<void> {
  opened.delete(predictor);
  await predictor.close();
}

async function open({ entry, cacheDirectory, built, tasks, taxonomy, identity, intrinsics }: Seat) {
  const { predictor, model, loadMs } = await openPredictor(entry, {
    cacheDirectory,
    built,
    tasks,
    taxonomy,
    openTrain: () => Promise.reject(new Error('latency is measured of networks only')),
  });
  opened.add(predictor);
  if (identityOf(predictor.card, model?.card) !== identity)
    throw new MeasurementError('the model or its card changed after its accuracy was measured; run again');
  if (!intrinsics) return { predictor, loadMs };
  // Every call is of the one image of the seat; an audited image brings its own camera.
  const seeing: Predictor = {
    ...predictor,
    predict: (input) => predictor.predict({ intrinsics: async () => intrinsics, ...input }),
  };
  opened.delete(predictor);
  opened.add(seeing);
  return { predictor: seeing, loadMs };
}

const send = (message: LatencyMessage) => process.send?.(message);

const TELL_EVERY_MS = 1000;

/** A sign of life between two calls, never within one: at most one message a second. */
function tellEverySecond(): (calls: number, of?: number) => void {
  let toldMs = performance.now();
  return (calls, of) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    send({ calls, of });
  };
}

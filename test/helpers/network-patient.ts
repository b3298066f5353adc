import { backendOf } from '../../src/backends/index.ts';
import type { ModelCard } from '../../src/backends/model-card.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { sha256 } from '../../src/core/canonical.ts';
import type { Predictor } from '../../src/core/predictor.ts';
import type { Maps } from '../../src/core/tasks.ts';
import type { Subject } from '../../src/run/doctor/subject.ts';
import { fittedCard } from './fitted-network.ts';
import { type Frame, subjectOf } from './patients.ts';

type Input = Partial<ModelCard['input']>;

/** The fitted network on a backend, fed as its card says with some keys of `input` changed. */
async function openFitted(bytes: Uint8Array, input: Input): Promise<Predictor> {
  const backend = backendOf('onnxruntime-node');
  if (backend.kind !== 'runtime') throw new Error('not a runtime');
  const model = { name: 'fitted.onnx', bytes, sha256: sha256(bytes) };
  const runtime = await backend.open({ model, options: backend.parseOptions({ threads: 1 }) });
  return networkPredictor({ runtime, card: fittedCard(input), classCount: 6 });
}

/** Predictions of the network when it is fed in the way of `planted`, which may be wrong; it can be run again. */
export async function networkSubject(
  bytes: Uint8Array,
  frames: readonly Frame[],
  planted: Input = {},
): Promise<Subject> {
  const predictor = await openFitted(bytes, planted);
  const maps: Maps[] = [];
  for (const { id, picture } of frames) maps.push((await predictor.predict({ id, image: async () => picture })).maps);
  await predictor.close();
  return subjectOf(frames, (_, index) => maps[index], {
    network: { input: fittedCard(planted).input, open: (change) => openFitted(bytes, { ...planted, ...change }) },
  });
}

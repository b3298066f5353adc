import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { BackendCard } from '../../src/core/predictor.ts';
import { METRICS } from '../../src/metrics/index.ts';
import { resolveProtocol } from '../../src/metrics/protocols.ts';
import { identityOf, planRun } from '../../src/run/plan.ts';
import { loadSingle } from '../helpers/suite.ts';

const { suite } = loadSingle('nyud');
const dataset = (ids: string[]): Dataset => ({
  info: {
    id: 'd',
    title: 'd',
    licence: 'MIT',
    split: 'test',
    location: '/',
    isSample: false,
    tasks: ['segmentation', 'depth'],
    taxonomy: 'nyud40',
    classNames: [],
    depthTruth: 'raw',
  },
  samples: ids.map((id) => ({ id, group: id })),
  load: async function* () {},
  close: async () => {},
});
const protocols = (id: string) => [resolveProtocol(id, { classes: 40, taxonomy: 'nyud40', depthTruth: 'raw' })];
const hash = (ids = ['a', 'b'], protocol = 'eigen-nyu', limit?: number, card = 'card') =>
  planRun(suite, dataset(ids), protocols(protocol), limit, card).hash;

describe('the plan that a resumed run must match', () => {
  it('changes with the samples, their number, the protocols, the data set card and the version of a metric', () => {
    const base = hash();
    expect(hash()).toBe(base);
    expect(hash(['a', 'c'])).not.toBe(base);
    expect(hash(undefined, undefined, 1)).not.toBe(base);
    expect(hash(undefined, 'authors-nyud')).not.toBe(base);
    expect(hash(undefined, undefined, undefined, 'another card')).not.toBe(base);
    const depth = METRICS.depth as { version: number };
    depth.version += 1;
    expect(hash()).not.toBe(base);
    depth.version -= 1;
    expect(hash()).toBe(base);
  });
});

describe('the identity of a predictor', () => {
  const card: BackendCard = { id: 'b', version: '1', device: 'cpu', weightsSha256: 'w', options: { threads: 1 } };
  it('changes with the weights, the device, an option, the version and the model card', () => {
    const others = [
      identityOf({ ...card, weightsSha256: 'v' }, 'm'),
      identityOf({ ...card, device: 'cuda' }, 'm'),
      identityOf({ ...card, options: { threads: 2 } }, 'm'),
      identityOf({ ...card, version: '2' }, 'm'),
      identityOf(card, 'n'),
    ];
    expect(new Set([identityOf(card, 'm'), ...others]).size).toBe(others.length + 1);
    expect(identityOf({ ...card }, 'm')).toBe(identityOf(card, 'm'));
  });
});

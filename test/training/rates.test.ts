import { describe, expect, it } from 'vitest';
import { refinenet } from '../../src/network/index.ts';
import { ratesOf } from '../../src/training/rates.ts';

describe('learning rates', () => {
  it('are lower for what batch normalisation does not follow: the decoder and the heads', () => {
    const graph = refinenet({ classes: 5, tasks: ['segmentation'], width: 0.25, decoderWidth: 8 });
    const rateOf = ratesOf(graph, 0.1);
    const rates = new Map(
      graph.nodes.flatMap((node) => (node.op === 'conv' ? [[node.name, rateOf(`${node.name}.weight`)]] : [])),
    );
    const slow = [...rates].filter(([, rate]) => rate === 0.1).map(([name]) => name);
    const quick = [...rates].filter(([, rate]) => rate === 1).map(([name]) => name);
    expect(slow.length + quick.length).toBe(rates.size);
    // Each block of MobileNet-v2 is normalised, and nothing else is.
    const normalised = graph.nodes.filter(({ op }) => op === 'batchnorm').length;
    expect(quick).toHaveLength(normalised);
    const [{ node: output }] = graph.outputs;
    const last = graph.nodes[output];
    expect(slow).toContain(last.op === 'conv' ? last.name : '');
    expect(rateOf(`${last.op === 'conv' ? last.name : ''}.bias`)).toBe(0.1);
  });
});

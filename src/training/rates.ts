import type { Graph } from '../network/index.ts';

/** Layers that no batch normalisation follows learn at a rate of their own. */
export function ratesOf({ nodes }: Graph, plainRate: number): (name: string) => number {
  const normalised = new Set(nodes.flatMap(({ op, inputs }) => (op === 'batchnorm' ? inputs : [])));
  const plain = new Set(
    nodes.flatMap(({ op, name }, id) =>
      op === 'conv' && !normalised.has(id) ? [`${name}.weight`, `${name}.bias`] : [],
    ),
  );
  return (name) => (plain.has(name) ? plainRate : 1);
}

import type { GraphProto, NodeProto } from '../../formats/generated/onnx_pb.ts';
import { subgraphs } from './stored.ts';

/** Every value that a node needs, those included that graphs inside it take from around them. */
export function namesUsed(node: NodeProto): string[] {
  const own = node.input.filter((name) => name !== '');
  const inner = subgraphs(node).flatMap(freeNames);
  return inner.length ? [...new Set([...own, ...inner])] : own;
}

function freeNames(graph: GraphProto): string[] {
  const made = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const needed = [...graph.node.flatMap(namesUsed), ...graph.output.map(({ name }) => name)];
  return needed.filter((name) => !made.has(name));
}

/**
 * Nodes after the nodes whose values they use, in the order of the file wherever that allows it. Nodes on a circle, and
 * those behind them, come last in `stuck`.
 */
export function inOrder(nodes: readonly NodeProto[]): { readonly sorted: NodeProto[]; readonly stuck: NodeProto[] } {
  const producer = new Map<string, number>();
  nodes.forEach(({ output }, i) => {
    for (const name of output) if (name !== '') producer.set(name, i);
  });
  const users: number[][] = nodes.map(() => []);
  const waiting = nodes.map((node, i) => {
    const sources = new Set(namesUsed(node).flatMap((name) => producer.get(name) ?? []));
    for (const source of sources) users[source].push(i);
    return sources.size;
  });
  // A file in order, as nearly all are, is walked once: whatever is freed behind the scan is taken up by the stack.
  const sorted: NodeProto[] = [];
  const done = nodes.map(() => false);
  const ready: number[] = [];
  const finish = (i: number) => {
    done[i] = true;
    sorted.push(nodes[i]);
    for (const user of users[i]) if (--waiting[user] === 0 && user < scan) ready.push(user);
  };
  let scan = 0;
  for (; scan < nodes.length; scan++) {
    if (waiting[scan] === 0) finish(scan);
    while (ready.length) finish(ready.pop() as number);
  }
  return { sorted, stuck: nodes.filter((_, i) => !done[i]) };
}

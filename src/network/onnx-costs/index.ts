import type { UncountedLayer } from '../../core/record.ts';
import type { GraphProto, ModelProto, NodeProto } from '../../formats/generated/onnx_pb.ts';
import { Call, type Outcome } from './call.ts';
import { fold } from './fold.ts';
import {
  describeValue,
  fedInputs,
  fixedShape,
  type InputShapes,
  inputValue,
  requireInputShapes,
  typeOf,
} from './inputs.ts';
import { learnableParams } from './learnable.ts';
import { inOrder, namesUsed } from './order.ts';
import { peakBytes } from './peak.ts';
import { mayCount, ruleOf } from './rules/index.ts';
import { constantNode, storedTensors, subgraphs, weightCounts } from './stored.ts';
import type { MacKind, OnnxCosts, OnnxLayer } from './types.ts';
import { CannotInfer, type Value } from './value.ts';

export type { InputShapes } from './inputs.ts';
export type { OnnxCosts, OnnxValue } from './types.ts';

export interface OnnxCostOptions {
  /** Shapes by name of input, where the file leaves sizes free. A free batch is 1 unless it is given. */
  readonly inputShapes?: InputShapes;
}

/**
 * Counts an ONNX model from its graph alone, nothing is run. A layer that cannot be counted is named in `uncounted`
 * with the reason; damaged graphs (circles, missing values, impossible sizes) end there too.
 * @throws UsageError for inputShapes that do not belong to the file, ResourceError for stored tensors of impossible shape.
 */
export function onnxCosts(model: ModelProto, { inputShapes = {} }: OnnxCostOptions = {}): OnnxCosts {
  const graph = model.graph as GraphProto;
  const fed = fedInputs(graph);
  requireInputShapes(fed, inputShapes);
  const everything = [graph, ...graph.node.flatMap(innerGraphs)];
  const stored = everything.flatMap(storedTensors);
  const weights = weightCounts(
    stored,
    everything.flatMap(({ node }) => node),
  );

  const values = new Map<string, Value>(stored.map(({ name, value }) => [name, value]));
  for (const info of fed) values.set(info.name, inputValue(info, inputShapes));
  const { sorted, stuck } = inOrder(graph.node);
  const walk = new Walk(model, values, new Map(weights));
  for (const node of sorted) walk.visit(node);
  for (const node of stuck) walk.visit(node, 'it lies on a circle, or behind one');

  return {
    layers: walk.layers,
    macs: walk.macs.convolution + walk.macs.matmul,
    macsBy: walk.macs,
    uncounted: walk.uncounted,
    ...learnableParams(model, weights),
    storedParams: [...weights.values()].reduce((sum, n) => sum + n, 0),
    weightBytes: stored.reduce((sum, { bytes }) => sum + bytes, 0),
    ...peakOf(
      [...sorted, ...stuck],
      values,
      graph,
      fed.map(({ name }) => name),
    ),
    inputs: fed.map((info) => describeValue(info, values.get(info.name))),
    outputs: graph.output.map((info) => describeValue(info, values.get(info.name))),
  };
}

const innerGraphs = (node: NodeProto): GraphProto[] =>
  subgraphs(node).flatMap((inner) => [inner, ...inner.node.flatMap(innerGraphs)]);

function peakOf(
  nodes: readonly NodeProto[],
  values: ReadonlyMap<string, Value>,
  graph: GraphProto,
  fed: readonly string[],
): Pick<OnnxCosts, 'peakActivationBytes' | 'peakActivationUndefined'> {
  try {
    const outputs = graph.output.map(({ name }) => name);
    return { peakActivationBytes: peakBytes(nodes, values, fed, outputs) };
  } catch (error) {
    if (!(error instanceof CannotInfer)) throw error;
    return { peakActivationUndefined: error.message };
  }
}

/** Goes through the nodes in order, learns each value's shape and collects what is counted. */
class Walk {
  readonly layers: OnnxLayer[] = [];
  readonly uncounted: UncountedLayer[] = [];
  readonly macs: Record<MacKind, number> = { convolution: 0, matmul: 0 };
  readonly #values: Map<string, Value>;
  /** Weights that no layer has been charged with yet, by the constant that carries them. */
  readonly #weights: Map<string, number>;
  readonly #declared: ReadonlyMap<string, Value>;
  readonly #opset: ReadonlyMap<string, number>;
  #index = 0;

  constructor(model: ModelProto, values: Map<string, Value>, weights: Map<string, number>) {
    const graph = model.graph as GraphProto;
    this.#values = values;
    this.#weights = weights;
    this.#opset = new Map(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)]));
    this.#declared = new Map(
      [...graph.valueInfo, ...graph.output].flatMap((info) => {
        const shape = fixedShape(info);
        return shape ? [[info.name, { shape, type: typeOf(info), constant: false }]] : [];
      }),
    );
  }

  visit(node: NodeProto, hopeless?: string): void {
    const index = this.#index++;
    if (constantNode({ op: node.opType, node })) return;
    const { opType: op, domain } = node;
    const name = node.name || node.output[0] || `${op}_${index}`;
    const inputs = node.input.map((input) => (input === '' ? undefined : this.#valueOf(input)));
    const call = new Call(node, inputs, this.#opset.get(domain || 'ai.onnx') ?? 0);
    const { outcome, reason } = infer(call, hopeless);
    const isConstant = outcome !== undefined && isPrepared(call);
    const carried = this.#take(namesUsed(node));
    node.output.forEach((output, i) => {
      if (output !== '') this.#values.set(output, this.#result(call, outcome, i, reason, isConstant, output));
    });
    const first = this.#values.get(node.output[0]);
    if (first?.constant) {
      this.#weights.set(node.output[0], carried);
      return;
    }
    const macs = this.#count(call, name, outcome, reason);
    this.layers.push({
      name,
      op,
      inputShapes: inputs.map((value) => value?.shape),
      ...(first?.shape && { outputShape: first.shape }),
      params: carried,
      ...(macs !== undefined && { macs }),
    });
  }

  #valueOf(name: string): Value {
    return this.#values.get(name) ?? { reason: `nothing makes "${name}"`, type: 0, constant: false };
  }

  /** What the file declares stands in for what cannot be inferred. */
  #result(
    call: Call,
    outcome: Outcome | undefined,
    i: number,
    reason: string | undefined,
    prepared: boolean,
    name: string,
  ): Value {
    const found = outcome?.outputs[i];
    const declared = this.#declared.get(name);
    const type = found?.type ?? (outcome ? call.type(0) : 0);
    const shape = found?.shape ?? declared?.shape;
    if (!shape)
      return {
        type: type || (declared?.type ?? 0),
        constant: prepared,
        reason: found?.reason ?? reason ?? `output ${i + 1} of ${call.op} is not known beforehand`,
      };
    const elements = i === 0 && found?.shape ? elementsOf(call, shape) : undefined;
    return { type: type || (declared?.type ?? 0), shape, constant: prepared || elements !== undefined, elements };
  }

  #take(names: readonly string[]): number {
    let sum = 0;
    for (const name of names) {
      sum += this.#weights.get(name) ?? 0;
      this.#weights.delete(name);
    }
    return sum;
  }

  #count(
    { op, node }: Call,
    name: string,
    outcome: Outcome | undefined,
    reason: string | undefined,
  ): number | undefined {
    const because = reason ?? this.#overflow(outcome);
    if (because === undefined) {
      const { macs = 0, kind } = outcome as Outcome;
      if (kind) this.macs[kind] += macs;
      return macs;
    }
    if (!counts(node)) return 0;
    this.uncounted.push({ name, op: node.domain ? `${node.domain}.${op}` : op, reason: because });
    return undefined;
  }

  #overflow(outcome: Outcome | undefined): string | undefined {
    const sum = this.macs.convolution + this.macs.matmul + (outcome?.macs ?? 0);
    return Number.isSafeInteger(sum) ? undefined : 'the multiply-adds of the network are more than 2^53';
  }
}

function infer(call: Call, hopeless: string | undefined): { outcome?: Outcome; reason?: string } {
  const { domain } = call.node;
  const rule = ruleOf(domain, call.op);
  if (hopeless !== undefined) return { reason: hopeless };
  if (subgraphs(call.node).length) return { reason: `what runs inside ${call.op} depends on values met when it runs` };
  if (!rule) return { reason: `operator ${call.op} of domain "${domain || 'ai.onnx'}" is not known here` };
  try {
    return { outcome: rule(call) };
  } catch (error) {
    if (!(error instanceof CannotInfer)) throw error;
    return { reason: error.message };
  }
}

/** Whether a node, or a graph inside it, may multiply and add. */
function counts(node: NodeProto): boolean {
  const inner = subgraphs(node);
  return inner.length ? inner.some((graph) => graph.node.some(counts)) : mayCount(node.domain, node.opType);
}

/** Depends on constants alone, so that runtimes compute it once, before anything is fed. */
function isPrepared({ node, op, inputs }: Call): boolean {
  if (/^(Random|Bernoulli|Multinomial)/.test(op) || !ruleOf(node.domain, op) || subgraphs(node).length) return false;
  return inputs.every((value) => value === undefined || value.constant);
}

function elementsOf(call: Call, shape: readonly number[]): readonly number[] | undefined {
  try {
    return fold(call, shape);
  } catch (error) {
    if (error instanceof CannotInfer) return undefined;
    throw error;
  }
}

import { ResourceError } from '../../core/errors.ts';
import { TensorProto_DataType as DataType, type ValueInfoProto } from '../../formats/generated/onnx_pb.ts';
import type { ModelProto } from '../../formats/onnx.ts';
import { typeName } from '../../formats/onnx-types.ts';
import { type Constant, constantOf } from './constants.ts';
import type { Tf } from './engine.ts';
import { type FusedNode, fuseActivations } from './fuse.ts';
import { type NodeView, nodeWords, viewNode } from './node.ts';
import type { Inputs, Want } from './operator.ts';
import { OPERATORS } from './ops/index.ts';
import { convert, type Layout, type Value } from './value.ts';

/** Index of a value in the memory of a run. One value of the graph has a slot per layout it is held in. */
export type Slot = number;

export interface Step {
  /** Names the node in errors. */
  readonly words: string;
  readonly inputs: readonly (Slot | undefined)[];
  readonly outputs: readonly Slot[];
  readonly run: (tf: Tf, inputs: Inputs) => readonly Value[];
  /** Slots that nothing needs after this step. */
  readonly frees: readonly Slot[];
}

export interface Port {
  readonly name: string;
  readonly shape: readonly (number | undefined)[];
  readonly slot: Slot;
}

export interface Plan {
  readonly constants: readonly { readonly slot: Slot; readonly constant: Constant; readonly layout: Layout }[];
  /** Run once: everything that depends on constants alone, weights brought to the order of axes they are used in too. */
  readonly prepare: readonly Step[];
  /** What `run` takes from the constants and from `prepare`. */
  readonly kept: readonly Slot[];
  readonly run: readonly Step[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Constants of up to so many elements are held as numbers until an operator wants a tensor. */
const SMALL = 16;
/** Broadcasting as of today. */
const OLDEST_OPSET = 7;

interface Held {
  readonly slots: Map<Layout, Slot>;
  readonly layout: Layout;
  readonly constant: boolean;
}

/**
 * How an ONNX graph is run on TensorFlow.js: the order of steps, and for each value whether it is held channels last,
 * as ONNX has it, or as numbers. Pure; nothing of TensorFlow.js is loaded.
 * @throws ResourceError naming the node for an operator, or a form of one, that is not supported.
 */
export function planGraph(model: ModelProto, file: string): Plan {
  const { graph } = model;
  if (!graph) throw new ResourceError(`${file}: an ONNX model without a graph; export it again`);
  const opset = opsetOf(model, file);
  const held = new Map<string, Held>();
  const constants: { slot: Slot; constant: Constant; layout: Layout }[] = [];
  const steps: (Omit<Step, 'frees'> & { constant: boolean })[] = [];
  let slots = 0;

  const hold = (name: string, layout: Layout, constant: boolean): Slot => {
    const slot = slots++;
    held.set(name, { layout, constant, slots: new Map([[layout, slot]]) });
    return slot;
  };
  const scalars = new Map<string, number>();
  const types = new Map<string, number>();
  const addConstant = (name: string, constant: Constant) => {
    types.set(name, constant.type);
    if (constant.data.length === 1) scalars.set(name, constant.data[0]);
    const layout = constant.dtype === undefined || constant.data.length <= SMALL ? 'host' : 'plain';
    constants.push({ slot: hold(name, layout, true), constant, layout });
  };
  const slotOf = (name: string, want: Want, words: string): Slot => {
    const value = held.get(name);
    if (!value) throw new ResourceError(`${file}: ${words}: nothing makes its input "${name}"; export the model again`);
    const there = value.slots.get(want.layout);
    if (there !== undefined) return there;
    const slot = slots++;
    value.slots.set(want.layout, slot);
    const { layout } = value;
    steps.push({
      words,
      inputs: [value.slots.get(layout) as Slot],
      outputs: [slot],
      constant: value.constant,
      run: (tf, inputs) => {
        const input = layout === 'host' ? inputs.host(0) : inputs.tensor(0);
        return [convert(tf, input, layout, want.layout, want.broadcast)];
      },
    });
    return slot;
  };

  for (const tensor of graph.initializer) addConstant(tensor.name, constantOf(tensor, file));
  if (graph.sparseInitializer.length > 0)
    throw new ResourceError(
      `${file}: sparse weights are not supported by the TensorFlow.js backends; run it on onnxruntime-node`,
    );
  const inputs = graph.input
    .filter(({ name }) => !held.has(name))
    .map((info) => ({ ...portOf(info, file), slot: hold(info.name, 'plain', false) }));
  requireFloat(
    graph.input.filter(({ name }) => inputs.some((input) => input.name === name)),
    file,
  );

  const nodes = graph.node.filter((node) => node.opType !== 'Constant');
  for (const node of graph.node)
    if (node.opType === 'Constant') addConstant(node.output[0], constantValue(viewNode(node, opset, file)));
  const graphOutputs = new Set(graph.output.map(({ name }) => name));
  for (const fused of fuseActivations(nodes, opset, file, graphOutputs, scalars)) {
    const words = nodeWords(fused.node);
    const view = viewFor(fused, opset, file, types);
    const operator = Object.hasOwn(OPERATORS, view.op) ? OPERATORS[view.op] : undefined;
    if (!operator || !['', 'ai.onnx'].includes(fused.node.domain))
      throw view.unsupported(`the operator ${fused.node.domain ? `${fused.node.domain}.` : ''}${view.op}`);
    const given = view.inputs.map((name) => (name === '' ? undefined : held.get(name)));
    view.inputs.forEach((name, i) => {
      if (name !== '' && !given[i])
        throw new ResourceError(
          `${file}: ${words}: nothing before it makes its input "${name}"; export the model again`,
        );
    });
    const { wants, gives, run } = operator(
      view,
      given.map((value) => value?.layout),
    );
    const made = view.outputs.filter((name) => name !== '').length;
    if (made > gives.length || view.outputs.slice(0, made).includes(''))
      throw view.unsupported(`an output beside the first ${gives.length}`);
    const taken = view.inputs.map((name, i) => (wants[i] && name !== '' ? slotOf(name, wants[i], words) : undefined));
    const isConstant = given.every((value) => value === undefined || value.constant);
    const outputs = gives.map((layout, i) => (i < made ? hold(view.outputs[i], layout, isConstant) : slots++));
    steps.push({ words, inputs: taken, outputs, run, constant: isConstant });
  }

  const outputs = graph.output.map((info) => {
    const words = `output "${info.name}"`;
    return { ...portOf(info, file), slot: slotOf(info.name, { layout: 'plain' }, words) };
  });
  return { ...schedule(steps, constants, outputs), constants, inputs, outputs };
}

function viewFor(
  { node, activation, output }: FusedNode,
  opset: number,
  file: string,
  types: ReadonlyMap<string, number>,
): NodeView {
  return viewNode(node, opset, file, { types, activation, outputs: output === undefined ? undefined : [output] });
}

/** Splits the steps into those of constants and those of each run, and finds where each value is needed last. */
function schedule(
  steps: readonly (Omit<Step, 'frees'> & { constant: boolean })[],
  constants: Plan['constants'],
  outputs: readonly Port[],
): Pick<Plan, 'prepare' | 'run' | 'kept'> {
  const prepare = steps.filter(({ constant }) => constant).map((step) => ({ ...step, frees: [] }));
  const dynamic = steps.filter(({ constant }) => !constant);
  const fixed = new Set([...constants.map(({ slot }) => slot), ...prepare.flatMap((step) => step.outputs)]);
  const kept = new Set<Slot>();
  const needed = new Set<Slot>(outputs.map(({ slot }) => slot));
  for (const slot of needed) if (fixed.has(slot)) kept.add(slot);
  const run: Step[] = [];
  for (const step of dynamic.toReversed()) {
    const frees: Slot[] = [];
    for (const slot of [...step.inputs, ...step.outputs]) {
      if (slot === undefined || needed.has(slot)) continue;
      needed.add(slot);
      if (!fixed.has(slot)) frees.push(slot);
    }
    for (const slot of step.inputs) if (slot !== undefined && fixed.has(slot)) kept.add(slot);
    run.push({ ...step, frees });
  }
  return { prepare, run: run.reverse(), kept: [...kept] };
}

function constantValue(node: NodeView): Constant {
  const scalars: [kind: Constant['kind'], dtype: Constant['dtype'], data: number[] | undefined, shape?: number[]][] = [
    ['int', undefined, node.ints('value_ints')],
    ['float', 'float32', node.floats('value_floats')],
    ['int', undefined, asList(node.optionalInt('value_int')), []],
    ['float', 'float32', asList(node.optionalFloat('value_float')), []],
  ];
  const tensor = node.tensor('value');
  if (tensor) return tensor;
  for (const [kind, dtype, data, shape] of scalars)
    if (data)
      return {
        type: kind === 'int' ? DataType.INT64 : DataType.FLOAT,
        kind,
        dtype,
        data,
        shape: shape ?? [data.length],
      };
  throw node.unsupported('a value that is no dense tensor of numbers');
}

const asList = (value: number | undefined): number[] | undefined => (value === undefined ? undefined : [value]);

function opsetOf(model: ModelProto, file: string): number {
  const version = Number(model.opsetImport.find(({ domain }) => ['', 'ai.onnx'].includes(domain))?.version ?? 0);
  if (version >= OLDEST_OPSET) return version;
  throw new ResourceError(
    `${file}: ONNX operator set ${version || 'unknown'}; the TensorFlow.js backends run ${OLDEST_OPSET} and later: export it again with a newer one`,
  );
}

function portOf({ name, type }: ValueInfoProto, file: string): Omit<Port, 'slot'> {
  if (type?.value.case !== 'tensorType') throw new ResourceError(`${file}: "${name}" is not a tensor`);
  const dims = type.value.value.shape?.dim ?? [];
  return {
    name,
    shape: dims.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined)),
  };
}

function requireFloat(inputs: readonly ValueInfoProto[], file: string): void {
  for (const { name, type } of inputs) {
    const elemType = type?.value.case === 'tensorType' ? type.value.value.elemType : 0;
    if (elemType !== DataType.FLOAT)
      throw new ResourceError(`${file}: input "${name}" has type ${typeName(elemType)}; only float32 inputs are fed`);
  }
}

import { ResourceError } from '../../core/errors.ts';
import type { BackendCard, Runtime, Tensor } from '../../core/predictor.ts';
import { decodeOnnx } from '../../formats/onnx.ts';
import type { OnnxModel } from '../backend.ts';
import type { Engine } from './engine.ts';
import { openExecutor } from './execute.ts';
import { type Plan, planGraph } from './plan.ts';

/**
 * An ONNX file as a Runtime on a started engine of TensorFlow.js. run() blocks the event loop of its thread.
 * @throws ResourceError when the file is damaged, or naming the node that TensorFlow.js cannot run.
 */
export async function openTfjs({
  engine,
  model,
  card,
}: {
  readonly engine: Engine;
  readonly model: OnnxModel;
  readonly card: BackendCard;
}): Promise<Runtime> {
  const { name } = model;
  const plan = planGraph(decodeOnnx(model.bytes, name), name);
  const executor = await openExecutor(engine, plan, name);
  let closed = false;
  return {
    card,
    inputs: plan.inputs.map(({ name: input, shape }) => ({ name: input, shape })),
    outputs: plan.outputs.map(({ name: output, shape }) => ({ name: output, shape })),
    async run(inputs) {
      if (closed) throw new Error(`${card.id}: ${name} was run after close()`);
      const results = await executor.run(inOrder(plan, inputs, name));
      return Object.fromEntries(plan.outputs.map((output, i) => [output.name, results[i]]));
    },
    async close() {
      if (closed) return;
      closed = true;
      await executor.close();
    },
  };
}

function inOrder(plan: Plan, inputs: Readonly<Record<string, Tensor>>, file: string): Tensor[] {
  return plan.inputs.map(({ name, shape }) => {
    const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (!given) throw new ResourceError(`${file}: no value for its input "${name}"`);
    const fits =
      given.shape.length === shape.length && shape.every((n, axis) => n === undefined || n === given.shape[axis]);
    if (!fits)
      throw new ResourceError(
        `${file}: input "${name}" takes [${shape.map((n) => n ?? 'any').join(', ')}], given [${given.shape.join(', ')}]`,
      );
    return given;
  });
}

import { ResourceError } from '../core/errors.ts';
import { showShape } from '../formats/array.ts';
import { type NetworkConfig, resolveNetworkConfig } from './config.ts';
import { TASK_LAYERS } from './refinenet.ts';

/** The shape of each tensor, by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Layers whose presence makes a set of tensors one of this family: the stem, the deepest adaptation, the last chain. */
const MARKS = ['layer1.0.weight', 'layer8.0.output.0.0.weight', 'conv8.weight', 'crp1.0.1_outvar_dimred.weight'];

/** Whether these look like the weights of the reference network, of whatever widths and heads. */
export const isRefinenet = (names: Pick<Shapes, 'has'>): boolean => MARKS.every((name) => names.has(name));

/**
 * The configuration of the reference network whose weights these are: classes, tasks, widths, expansions, repeats,
 * head. Strides leave no trace in weights; they are the paper's, which the decoder's sums prescribe.
 * @throws ResourceError naming `source`, when they are not of this family.
 */
export function recogniseRefinenet(shapes: Shapes, source: string): NetworkConfig {
  const shape = (name: string): readonly number[] => {
    const found = shapes.get(name);
    if (found?.length === 4) return found;
    throw notOfThisFamily(shapes, source, name);
  };
  if (!isRefinenet(shapes)) throw notOfThisFamily(shapes, source, MARKS.find((name) => !shapes.has(name))!);
  const tasks = TASK_LAYERS.filter(({ layer }) => shapes.has(`${layer}.weight`));
  if (tasks.length === 0) throw notOfThisFamily(shapes, source, 'segm.weight');
  const decoderWidth = shape('conv8.weight')[0];
  const strides = resolveNetworkConfig({ tasks: ['depth'] }).rows.map((row) => row[3]);
  const rows = strides.map((stride, i): NonNullable<NetworkConfig['rows']>[number] => {
    const block = `layer${i + 2}.0.output`;
    const [inner, channels] = shape(`${block}.0.0.weight`);
    return [inner / channels, shape(`${block}.2.0.weight`)[0], repeatsOf(shapes, `layer${i + 2}`), stride];
  });
  const config: NetworkConfig = {
    ...(shapes.has('segm.weight') && { classes: shape('segm.weight')[0] }),
    tasks: tasks.map(({ task }) => task),
    stem: shape('layer1.0.weight')[0],
    rows,
    decoderWidth,
    crp1: shape('crp1.0.1_outvar_dimred.weight')[1] === 1 ? 'depthwise' : 'dense',
    head: headOf(shapes, tasks[0].layer, shape),
  };
  try {
    resolveNetworkConfig(config);
  } catch (error) {
    throw new ResourceError(`${source}: ${(error as Error).message}; ${HOW_TO_GO_ON}`);
  }
  return config;
}

function repeatsOf(shapes: Shapes, layer: string): number {
  let repeats = 0;
  while (shapes.has(`${layer}.${repeats}.output.0.0.weight`)) repeats++;
  return repeats;
}

function headOf(
  shapes: Shapes,
  layer: string,
  shape: (name: string) => readonly number[],
): NonNullable<NetworkConfig['head']> {
  const name = `pre_${layer}.weight`;
  if (!shapes.has(name)) return 'none';
  return shape(name)[1] === 1 ? 'depthwise' : 'dense';
}

const HOW_TO_GO_ON =
  'for another network export an ONNX file (torch.onnx.export) and describe it by a model card (docs/models.md)';
const SHOWN = 3;

function notOfThisFamily(shapes: Shapes, source: string, missing: string): ResourceError {
  const first = [...shapes].slice(0, SHOWN).map(([name, shape]) => `${JSON.stringify(name)} ${showShape(shape)}`);
  const more = shapes.size > SHOWN ? ` and ${shapes.size - SHOWN} more` : '';
  const holds = shapes.size ? `${first.join(', ')}${more}` : 'no tensor';
  return new ResourceError(
    `${source}: not a MobileNet-v2 Light-Weight RefineNet, the one architecture that is recognised: no "${missing}" of four axes. It holds ${holds}; ${HOW_TO_GO_ON}`,
  );
}

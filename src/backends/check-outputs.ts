import { ResourceError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { Runtime } from '../core/predictor.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS } from '../core/tasks.ts';
import type { OutputCard } from './network-predictor.ts';

/** Axes that are not known before a run are undefined. */
type Shape = readonly (number | undefined)[];

/**
 * Holds the outputs that a card names against those that the network states, so that a card that does not fit fails
 * before the first image and not once per image. What a runtime does not state is left to the images.
 * @param classCount of the data set, where segmentation is scored.
 * @throws ResourceError naming the place in the card.
 */
export function requireFittingOutputs(outputs: Runtime['outputs'], card: OutputCard, classCount?: number): void {
  const shapes = new Map(outputs.map(({ name, shape }) => [name, shape]));
  for (const task of TASKS) {
    const output = card.outputs[task];
    if (!output) continue;
    const at = `model ${card.id}, outputs.${task}`;
    const shape = shapes.get(output.name);
    if (!shape) throw new ResourceError(`${at}.name: ${unknownName('output', output.name, [...shapes.keys()])}`);
    const where = `${at}: the network states [${shape.map((size) => size ?? 'any').join(', ')}] for "${output.name}"`;
    const channels = channelsOf(shape, card.input.layout, where);
    if (task === 'segmentation') requireClasses(card, channels, classCount, at, where);
    else if (channels !== undefined && channels !== CHANNELS[task])
      throw new ResourceError(
        `${where}, ${channels} channels; ${task} has ${CHANNELS[task]}. Name another output, or see input.layout`,
      );
  }
}

const CHANNELS = { depth: 1, normals: 3 } as const;

/** Undefined where the network leaves it open. */
function channelsOf(shape: Shape, layout: OutputCard['input']['layout'], where: string): number | undefined {
  if (shape.length === 0) return undefined;
  const [batch = 1, ...rest] = shape;
  if (batch !== 1 || (rest.length !== 2 && rest.length !== 3))
    throw new ResourceError(
      `${where}; a map is [1, ${layout === 'nchw' ? 'channels, height, width' : 'height, width, channels'}] or [1, height, width]`,
    );
  return rest.length === 2 ? 1 : rest[layout === 'nchw' ? 0 : 2];
}

function requireClasses(
  card: OutputCard,
  stated: number | undefined,
  classCount: number | undefined,
  at: string,
  where: string,
): void {
  const { kind, channels, labelMap, slices } = card.outputs.segmentation!;
  const used = kind === 'labels' ? undefined : (channels?.count ?? stated);
  if (kind === 'labels' && stated !== undefined && stated !== 1)
    throw new ResourceError(`${where}, ${stated} channels; class ids have one. Are these scores, kind: logits?`);
  const ranges = slices ? Object.entries(slices).map(([name, range]) => ({ key: `slices.${name}`, range })) : [];
  for (const { key, range } of channels && !slices ? [{ key: 'channels', range: channels }] : ranges)
    if (stated !== undefined && range.first + range.count > stated)
      throw new ResourceError(
        `${where}, ${stated} channels; outputs.segmentation.${key} asks for ${range.count} from channel ${range.first} on`,
      );
  if (labelMap && used !== undefined && labelMap.length !== used)
    throw new ResourceError(`${where}, ${used} classes; outputs.segmentation.labelMap has ${labelMap.length} ids`);
  if (classCount === undefined) return;
  const outside = labelMap?.find((id) => id !== IGNORE_LABEL && id >= classCount);
  if (outside !== undefined)
    throw new ResourceError(
      `${at}.labelMap: train id ${outside}, but the data set has ${classCount} classes (0..${classCount - 1}); 255 stands for none of them`,
    );
  if (!labelMap && used !== undefined && used !== classCount)
    throw new ResourceError(
      `${at}: the network tells ${used} classes apart, the data set has ${classCount}; choose channels: {first, count}, or say with labelMap which class is which`,
    );
}

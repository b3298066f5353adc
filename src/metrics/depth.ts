import type { Metric } from '../core/metric.ts';
import type { DepthProtocol } from '../core/protocol.ts';
import { requireSameSize } from '../core/raster.ts';
import { type Alignment, alignDepth } from '../kernels/depth-alignment.ts';
import { countNoDepth, type DepthRule, type DepthSums, sumDepthErrors } from '../kernels/depth-errors.ts';
import { fillBackground } from '../kernels/fill-background.ts';
import { cropBox } from './crop.ts';
import { depthFigures } from './depth-figures.ts';
import { type Place, placeIn, requireChannels, requireMaskFits } from './place.ts';

/** The kernel's sums without its indices, which mean nothing once images are put together. */
export type DepthTally = Omit<DepthSums, 'firstNonFiniteAt' | 'firstNonPositiveAt'> & {
  readonly firstNonFinite?: Place;
  readonly firstNonPositive?: Place;
  /** Why nothing can be said about this image, and so nothing about a set that holds it. */
  readonly problem?: string;
};

/** Depth: sums per image in float64, row by row, so that a tally depends on its image alone. Formulas: depth-figures.ts. */
export const depth: Metric<'depth', DepthTally> = {
  task: 'depth',
  version: 1,

  tally(prediction, target, protocol, context) {
    const { where, mask } = context;
    requireSameSize(prediction, target, where);
    requireChannels(prediction, target, 1, where);
    requireMaskFits(target, context);
    const { height, width } = target;
    const box = cropBox(protocol.crop, height, width);
    if ('problem' in box) return { ...NOTHING, problem: `${where}: ${box.problem}` };
    const rule = ruleOf(protocol);
    const data = protocol.fill === 'devkit' ? fillBackground(prediction.data, height, width) : prediction.data;
    const { scaling } = protocol;
    const alignment =
      scaling === 'none' ? UNALIGNED : alignDepth(scaling, target.data, data, { ...rule, mask, width, box });
    const sums = sumDepthErrors(target.data, data, mask, width, box, {
      ...rule,
      alignment: 'problem' in alignment ? UNALIGNED : alignment,
    });
    const given = data === prediction.data ? sums : countNoDepth(target.data, prediction.data, mask, width, box, rule);
    const { firstNonFiniteAt, firstNonPositiveAt, ...rest } = sums;
    const problem =
      sums.pixels > 0 && 'problem' in alignment
        ? `${where}: no ${scaling} scaling, for on the counted pixels ${alignment.problem}`
        : Object.values(rest).every(Number.isFinite)
          ? undefined
          : `${where}: a sum of errors is beyond the range of float64`;
    return {
      ...(problem === undefined
        ? { ...rest, nonFinite: given.nonFinite, nonPositive: given.nonPositive }
        : { ...NOTHING, pixels: rest.pixels }),
      firstNonFinite: firstNonFiniteAt < 0 ? undefined : placeIn(where, firstNonFiniteAt, width),
      firstNonPositive: firstNonPositiveAt < 0 ? undefined : placeIn(where, firstNonPositiveAt, width),
      problem,
    };
  },

  figures: (tallies, protocol) => depthFigures(tallies, protocol),
};

const UNALIGNED: Alignment = { scale: 1, shift: 0 };

const NOTHING: DepthTally = {
  pixels: 0,
  nonFinite: 0,
  nonPositive: 0,
  leftNonFinite: 0,
  leftNonPositive: 0,
  absolute: 0,
  squared: 0,
  relative: 0,
  squaredRelative: 0,
  squaredRelativeDevkit: 0,
  log: 0,
  logAbsolute: 0,
  logSquared: 0,
  inverseSquared: 0,
  within1: 0,
  within2: 0,
  within3: 0,
};

function ruleOf({ minimumM, maximumM, nonFinite }: DepthProtocol): Omit<DepthRule, 'alignment'> {
  return {
    absolute: nonFinite === 'abs-strict' || nonFinite === 'abs-first',
    clamp: nonFinite === 'clamp' || nonFinite === 'abs-first',
    minimumM,
    maximumM: maximumM ?? Infinity,
  };
}

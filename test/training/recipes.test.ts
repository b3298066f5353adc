import { describe, expect, it } from 'vitest';
import { findRecipe, recipeIds, recipeSchema } from '../../src/training/recipe.ts';

const MINIMAL = {
  id: 'a',
  title: 'a',
  network: { classes: 5, tasks: ['segmentation', 'depth'] },
  data: [{ id: 'rooms', input: { width: 64, height: 48 }, validation: { split: 'test' } }],
  images: 10,
};
const first = MINIMAL.data[0];

describe('the recipes that are shipped', () => {
  it.each(['mini-', 'student-'])('%s* differ in nothing but what they compare', (family) => {
    const all = recipeIds()
      .filter((id) => id.startsWith(family))
      .map(findRecipe);
    expect(all.length).toBeGreaterThan(4);
    const alike = all.map(({ id: _1, title: _2, description: _3, network, data, ...rest }) => {
      const { head: _4, crp1: _5, trunk: _6, ...backbone } = network;
      const [{ labelled: _7, layers: _8, ...images }] = data;
      return { ...rest, images: [images, rest.images], backbone };
    });
    for (const each of alike) expect(each).toEqual(alike[0]);
    const compared = all.map(({ network: { head, crp1, trunk }, data: [{ labelled, layers }] }) =>
      JSON.stringify([head, crp1, trunk, labelled, layers]),
    );
    expect(new Set(compared).size).toBe(all.length);
  });
});

describe('a recipe', () => {
  it.each<[string, object, RegExp]>([
    [
      'several data sets, one list of classes',
      { data: [first, { ...first, id: 'streets', validation: undefined }] },
      /name the slice/,
    ],
    [
      'slices that overlap',
      { slices: { a: { first: 0, count: 3 }, b: { first: 2, count: 3 } } },
      /two slices share a channel/,
    ],
    [
      'two validations on one data set',
      { data: [first, first], slices: { a: { first: 0, count: 5 } } },
      /two validations/,
    ],
    [
      'labels for a network without segmentation',
      { network: { tasks: ['depth'] }, data: [{ ...first, layers: [{ folder: 'x' }] }] },
      /no such task/,
    ],
    [
      'an early stop that nothing is looked at for',
      { data: [{ ...first, validation: undefined }], earlyStop: { key: 'depth/absRel', patience: 1 } },
      /looks at a validation/,
    ],
    [
      'an early stop before which training ends',
      { halfSize: 1, earlyStop: { key: 'depth/absRel', patience: 1 } },
      /looks at a validation/,
    ],
    [
      'an early stop by a task that is not learned',
      { earlyStop: { key: 'normals/meanDeg', patience: 1 } },
      /the network does not have/,
    ],
  ])('is refused with %s', (_, changes, message) => {
    const { error } = recipeSchema.safeParse({ ...MINIMAL, ...changes });
    expect(error?.issues.map((issue) => issue.message).join('; ')).toMatch(message);
  });

  it('of depth alone needs no slices for several data sets', () => {
    const data = [first, { ...first, id: 'streets', validation: undefined }];
    expect(recipeSchema.safeParse({ ...MINIMAL, network: { tasks: ['depth'] }, data }).error).toBeUndefined();
  });
});

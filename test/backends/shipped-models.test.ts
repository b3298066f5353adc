import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatModel } from '../../src/backends/model-bytes.ts';
import { findModelCard, isUntrained } from '../../src/backends/model-card.ts';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';
import { decodeOnnx } from '../../src/formats/onnx.ts';
import { findRecipe } from '../../src/training/recipe.ts';
import { loadSingle } from '../helpers/suite.ts';

const FOLDER = join(PACKAGE_ROOT, 'models');
const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
/** Of the package itself, whatever the working directory holds. */
const cards = names
  .filter((name) => /^[^/\\]+\.yaml$/.test(name))
  .map((name) => [name, findModelCard(join(FOLDER, name))] as const);

const filterOf = ({ filter }: { filter?: object }) => filter;

describe('the models that are shipped', () => {
  it('are 12 MB at most', () => {
    const bytes = names.reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(12e6);
  });

  it('are each said to be untrained, or how they were trained', () => {
    for (const [name, { card }] of cards) {
      if (isUntrained(card)) expect(card.note, name).toContain('untrained');
      else if (card.network)
        expect(card, name).toMatchObject({ weights: { sha256: expect.any(String) }, training: {} });
    }
  });

  it('are what their recipes give: network, data, labels and images seen', () => {
    const trained = cards.flatMap(([name, { card }]) => (card.training ? [[name, card, card.training] as const] : []));
    expect(trained.length).toBeGreaterThan(0);
    for (const [name, { network, weights, input }, training] of trained) {
      const recipe = findRecipe(training.recipe);
      const inEachStep = recipe.data.reduce((sum, { batch }) => sum + batch, 0);
      expect(training.imagesSeen, name).toBe(inEachStep * Math.round(recipe.images / inEachStep));
      expect(
        training.data.map(({ id, split, labelled = {}, layers = [] }) => [id, split, labelled, layers.map(filterOf)]),
        name,
      ).toEqual(recipe.data.map(({ id, split, labelled, layers }) => [id, split, labelled, layers.map(filterOf)]));
      expect(input, name).toMatchObject(recipe.data[0].input);
      // One network out of a file of several is described by its own card alone.
      if (weights?.prefix === undefined) expect(network, name).toEqual(recipe.network);
    }
  });

  it('learned from the labels that the suite "experts" says', () => {
    const { labels, entries } = loadSingle('experts').suite;
    const rows = labels?.experts.flatMap(({ model, filters }) => filters.map((filter) => ({ model, ...filter }))) ?? [];
    const taught = rows.filter(({ students }) => students !== undefined);
    expect(taught.length).toBeGreaterThan(1);
    for (const { model, score, threshold, students } of taught) {
      const seeds = entries.filter(({ seedsOf }) => seedsOf === students);
      expect(seeds.length, students).toBeGreaterThan(1);
      for (const seed of seeds) {
        const { data } = findModelCard(join(FOLDER, `${seed.model}.yaml`)).card.training ?? {};
        const layers = data?.flatMap(({ layers = [] }) => layers) ?? [];
        expect(
          layers.map(({ experts, filter }) => [experts.map(({ id }) => id), filter]),
          seed.id,
        ).toEqual([[[model].flat(), score === undefined ? undefined : { score, threshold }]]);
      }
    }
  });

  it('have no weights that no card reads', () => {
    const read = new Set(cards.flatMap(([, { card }]) => card.weights?.file ?? []));
    expect(names.filter((name) => name.endsWith('.safetensors') && !read.has(name))).toEqual([]);
  });

  // Reads each file: missing, damaged or another one than its card's SHA-256 are errors.
  it.each(cards.filter(([, { card }]) => card.weights?.file !== undefined))('%s opens', async (_, loaded) => {
    const { bytes, name } = (await floatModel(loaded)).model;
    const outputs = decodeOnnx(bytes, name).graph?.output.map((output) => output.name);
    expect(outputs?.sort()).toEqual([...(loaded.card.network?.tasks ?? [])].sort());
  });
});

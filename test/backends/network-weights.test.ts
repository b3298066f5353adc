import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { floatModel } from '../../src/backends/model-bytes.ts';
import { cardFingerprint, findModelCard } from '../../src/backends/model-card.ts';
import { openPredictor } from '../../src/backends/open.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { halfBits, halfToNumber } from '../../src/formats/half.ts';
import { encodeSafetensors } from '../../src/formats/safetensors.ts';
import { type NetworkConfig, refinenet, seededWeights, toOnnx, type Weights } from '../../src/network/index.ts';
import { noise } from './maps.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-weights-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const SIZE = { width: 64, height: 48 };
const TINY = { width: 0.25, decoderWidth: 16 };
const DEPTH_ALONE: NetworkConfig = { ...TINY, tasks: ['depth'] };
const BOTH: NetworkConfig = { ...TINY, classes: 6, tasks: ['segmentation', 'depth'], trunk: 'separate' };
const OUTPUTS = 'outputs: { depth: { name: depth, unit: m, absolute: true } }\n';

/** What float16 keeps of the weights, computed apart from the file. */
const halved = (weights: Weights): Weights =>
  new Map(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => halfToNumber(halfBits(value))) },
    ]),
  );
const weightsOf = (config: NetworkConfig, seed = 3) => seededWeights(refinenet(config), seed);

function file(name: string, weights: Weights): Uint8Array {
  const bytes = encodeSafetensors(weights, { dtype: 'float16' });
  writeFileSync(join(work, name), bytes);
  return bytes;
}
function card(id: string, weights: string, { config = DEPTH_ALONE, more = '' } = {}): string {
  const path = join(work, `${id}.yaml`);
  writeFileSync(
    path,
    `id: ${id}\ntitle: T\nlicence: MIT\nnetwork: ${JSON.stringify(config)}\nweights: ${weights}\n` +
      `input: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }\n${OUTPUTS}${more}`,
  );
  return path;
}
/** By their hashes, for a difference of megabytes is nothing to read. */
const modelHash = async (path: string) => (await floatModel(findModelCard(path))).model.sha256;
const hashOf = (config: NetworkConfig, weights: Weights) => sha256(toOnnx(refinenet(config), weights, SIZE));
const TRAINING = `training:
  recipe: tiny
  seed: 3
  data: [{ id: rooms, split: train, images: 12 }]
  imagesSeen: 48
  hardware: two cores
  seconds: 60
  date: 2026-01-31
  backend: tfjs-node 4.22.0
  measured: [{ command: densebench run tiny, data: rooms test, figures: { depth/rmse: 0.5 } }]
`;

describe('weights of a file', () => {
  it('are exactly the float16 values, and their accuracy counts', async () => {
    const weights = weightsOf(DEPTH_ALONE);
    file('depth.safetensors', weights);
    const path = card('depth', '{ file: depth.safetensors }');
    const expected = hashOf(DEPTH_ALONE, halved(weights));
    expect(await modelHash(path)).toBe(expected);
    const { predictor, built, cost } = await openPredictor(
      { id: 'e', model: path, backend: { id: 'onnxruntime-node' } },
      { cacheDirectory: join(work, 'cache'), tasks: ['depth'], openTrain: () => Promise.reject(new Error('none')) },
    );
    expect(predictor.accuracyUndefined).toBeUndefined();
    expect(sha256(readFileSync(built?.name as string))).toBe(expected);
    expect(cost?.params).toBeGreaterThan(0);
    const { maps } = await predictor.predict({ id: 'a', image: async () => noise(48, 64) });
    expect(maps.depth?.data.every(Number.isFinite)).toBe(true);
    await predictor.close();
  });

  it('of one network are taken out of a file of several by their prefix', async () => {
    const all = weightsOf(BOTH);
    const bytes = file('both.safetensors', all);
    const own = new Map(
      [...all].flatMap(([name, tensor]): [string, Tensor][] =>
        name.startsWith('depth.') ? [[name.slice('depth.'.length), tensor]] : [],
      ),
    );
    const alone = card('part', `{ file: both.safetensors, prefix: depth., sha256: ${sha256(bytes)} }`);
    expect(await modelHash(alone)).toBe(hashOf(DEPTH_ALONE, halved(own)));
    // The network of two trunks reads all of the same file.
    const whole = card('whole', '{ file: both.safetensors }', { config: BOTH });
    expect(await modelHash(whole)).toBe(hashOf(BOTH, halved(all)));
  });

  it.each<[string, string, RegExp]>([
    ['a missing file', '{ file: none.safetensors }', /none\.safetensors: there is no such file/],
    [
      'another network',
      '{ file: both.safetensors }',
      /both\.safetensors: "[^"]*" is missing, "depth\.[^"]*" is not a ten/,
    ],
    [
      'a prefix of none',
      '{ file: both.safetensors, prefix: normals. }',
      /no tensor's name begins with "normals\."; theirs begin with "depth\.", "segmentation\."/,
    ],
    [
      'another file than the card states',
      `{ file: both.safetensors, prefix: depth., sha256: ${'a'.repeat(64)} }`,
      /both\.safetensors: its SHA-256 is [0-9a-f]{64}, the card of model \w+ states a{64}; put the right file/,
    ],
    ['weights that diverged', '{ file: nan.safetensors }', /nan\.safetensors: "[^"]*" holds NaN at 0: this training/],
    ['a damaged file', '{ file: cut.safetensors }', /cut\.safetensors: truncated/],
  ])('are refused: %s', async (name, weights, message) => {
    const bytes = file('both.safetensors', weightsOf(BOTH));
    writeFileSync(join(work, 'cut.safetensors'), bytes.subarray(0, bytes.length - 1));
    const [[first, tensor], ...rest] = weightsOf(DEPTH_ALONE);
    file('nan.safetensors', new Map([[first, { ...tensor, data: tensor.data.map(() => Number.NaN) }], ...rest]));
    const reading = modelHash(card(name.replaceAll(' ', ''), weights));
    await expect(reading).rejects.toThrow(ResourceError);
    await expect(reading).rejects.toThrow(message);
  });

  it.each<[string, string, RegExp]>([
    ['neither', '{}', /give seed \(untrained\), or file/],
    ['both', '{ seed: 1, file: a.safetensors }', /give seed \(untrained\), or file/],
    ['a prefix of a seed', '{ seed: 1, prefix: depth. }', /prefix and sha256 are of a file/],
    ['another format', '{ file: a.onnx }', /name a \.safetensors file/],
    ['half a hash', '{ file: a.safetensors, sha256: abc }', /64 small hex digits/],
    ['a slip', '{ file: a.safetensors, prefx: depth. }', /unknown key "prefx".*did you mean "prefix"/],
  ])('a card is refused: %s', (_, weights, message) => {
    expect(() => findModelCard(card('wrong', weights))).toThrow(UsageError);
    expect(() => findModelCard(card('wrong', weights))).toThrow(message);
  });
});

describe('the training block', () => {
  it('is no part of what a prediction depends on', () => {
    const plain = findModelCard(card('told', '{ file: depth.safetensors }')).card;
    const told = findModelCard(card('told', '{ file: depth.safetensors }', { more: TRAINING })).card;
    expect(told.training?.measured?.[0].figures).toEqual({ 'depth/rmse': 0.5 });
    expect(cardFingerprint(told)).toBe(cardFingerprint(plain));
    const other = findModelCard(card('told', '{ file: depth.safetensors, prefix: depth. }')).card;
    expect(cardFingerprint(other)).not.toBe(cardFingerprint(plain));
  });

  it.each<[string, string, RegExp]>([
    ['a slip', TRAINING.replace('imagesSeen', 'imageSeen'), /unknown key "imageSeen".*did you mean "imagesSeen"/],
    ['no day', TRAINING.replace('2026-01-31', 'today'), /Invalid ISO date/],
    ['no figure', TRAINING.replace('depth/rmse', 'loss'), /the key of a figure, e\.g\. depth\/absRel|Invalid key/],
  ])('is refused: %s', (_, more, message) => {
    expect(() => findModelCard(card('wrong', '{ file: depth.safetensors }', { more }))).toThrow(message);
  });

  it('belongs to no seeded weights', () => {
    expect(() => findModelCard(card('wrong', '{ seed: 3 }', { more: TRAINING }))).toThrow(
      /training is of weights that were trained, and these are seeded/,
    );
  });
});

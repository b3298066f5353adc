import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { CROPS, DEPTH_TRUTHS, type DepthProtocol, NON_FINITE_RULES, SCALINGS } from '../../src/core/protocol.ts';
import { PROTOCOL_IDS } from '../../src/core/protocol-presets.ts';
import { protocolWords } from '../../src/core/protocol-words.ts';
import { METRICS } from '../../src/metrics/index.ts';
import { OPEN_KEYS } from '../../src/metrics/open-segmentation.ts';
import { addPacked, packCounts } from '../../src/metrics/packed.ts';
import { presetFor, resolveProtocol } from '../../src/metrics/protocols.ts';
import { readingsOf } from '../../src/metrics/readings.ts';

describe('packed counts', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 7, 2 ** 32 - 1), { maxLength: 30 }), (counts) => {
        const totals = new Float64Array(counts.length);
        const packed = packCounts(Uint32Array.from(counts));
        addPacked(packed, totals);
        addPacked(packed, totals);
        expect([...totals]).toEqual(counts.map((count) => 2 * count));
      }),
    );
  });

  it('are short where there is nothing', () => {
    expect(packCounts(new Uint32Array(18001))).toEqual([]);
    expect(packCounts(Uint32Array.of(0, 0, 5, 6, 0, 1, 0))).toEqual([-2, 5, 6, -1, 1]);
  });
});

describe('readings', () => {
  const protocol = resolveProtocol('eigen-nyu', { classes: 2, taxonomy: 'two', depthTruth: 'raw' });

  it('carry null and a reason where a figure is undefined, and survive JSON', () => {
    const readings = readingsOf('depth', [], protocol.depth!);
    expect(readings.length).toBeGreaterThan(20);
    for (const reading of readings) expect(reading).toMatchObject({ value: null, reason: expect.any(String) });
    expect(JSON.parse(JSON.stringify(readings))).toEqual(readings);
  });

  it('share a fingerprint exactly where everything that decides the value is the same', () => {
    const of = (p: typeof protocol) => readingsOf('depth', [], p.depth!).map((reading) => reading.protocol);
    const fingerprints = of(protocol);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    expect(of(resolveProtocol('eigen-nyu', { depthTruth: 'raw' }))).toEqual(fingerprints);
    for (const other of [
      resolveProtocol('eigen-nyu', { depthTruth: 'inpainted' }),
      resolveProtocol('authors-nyud', { depthTruth: 'raw' }),
    ])
      expect(of(other).filter((value) => fingerprints.includes(value))).toEqual([]);
  });

  it('change their fingerprints with every single rule', () => {
    const { depth, normals, segmentation } = protocol;
    const changes: [
      task: 'segmentation' | 'depth' | 'normals',
      rules: object,
      field: string,
      values: readonly unknown[],
    ][] = [
      ['depth', depth!, 'truth', DEPTH_TRUTHS],
      ['depth', depth!, 'minimumM', [0, 0.001, 0.1]],
      ['depth', depth!, 'maximumM', [null, 10, 50, 80]],
      ['depth', depth!, 'crop', CROPS],
      ['depth', depth!, 'fill', [undefined, 'devkit']],
      ['depth', depth!, 'scaling', SCALINGS],
      ['depth', depth!, 'nonFinite', NON_FINITE_RULES],
      ['normals', normals!, 'crop', CROPS],
      ['segmentation', segmentation!, 'classes', [2, 3]],
      ['segmentation', segmentation!, 'ignore', [254, 255]],
      ['segmentation', segmentation!, 'taxonomy', ['two', 'other two']],
    ];
    for (const [task, rules, field, values] of changes) {
      const first = values.map((value) => readingsOf(task, [], { ...rules, [field]: value } as never)[0].protocol);
      expect(new Set(first).size, `${task} ${field}`).toBe(values.length);
    }
    const known = Object.keys({ ...depth, ...normals, ...segmentation, fill: 'devkit' });
    expect(known.filter((field) => !changes.some(([, , changed]) => changed === field))).toEqual([]);
  });

  it('of open figures differ with the slices of the network, closed ones do not', () => {
    const image = { height: 1, width: 2, channels: 1, data: Uint8Array.of(0, 1) };
    const of = (slices: string) => {
      const open = { labels: image, sliceMass: 1, isOwnLargest: true, slices };
      const tally = METRICS.segmentation.tally(image, image, protocol.segmentation!, { where: 'here', open });
      return new Map(readingsOf('segmentation', [tally], protocol.segmentation!).map((r) => [r.key, r.protocol]));
    };
    const [two, three] = [of('a 2, b 3'), of('a 2, b 3, c 4')];
    expect([...two].filter(([key, hash]) => three.get(key) !== hash).map(([key]) => key)).toEqual([...OPEN_KEYS]);
  });

  it('over classes that nobody named equal nothing', () => {
    const { segmentation } = resolveProtocol('authors-nyud', { classes: 2 });
    for (const reading of readingsOf('segmentation', [], segmentation!)) expect(reading.protocol).toBe('unknown');
    for (const reading of readingsOf('segmentation', [], protocol.segmentation!))
      expect(reading.protocol).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('resolveProtocol', () => {
  it('leaves segmentation out where there are no classes', () => {
    expect(resolveProtocol('authors-nyud', {}).segmentation).toBeUndefined();
    expect(resolveProtocol('authors-nyud', { classes: 13 }).segmentation).toEqual({
      classes: 13,
      ignore: 255,
      taxonomy: 'unknown',
    });
  });

  it('names the nearest preset', () => {
    expect(() => resolveProtocol('eigen-nyuu', {})).toThrow(UsageError);
    expect(() => resolveProtocol('eigen-nyuu', {})).toThrow(/did you mean "eigen-nyu"/);
    expect(() => resolveProtocol('toString', {})).toThrow(UsageError);
  });

  it('keeps to what the preset covers', () => {
    expect(Object.keys(resolveProtocol('mmseg', { classes: 2 }))).toEqual(['id', 'segmentation']);
    expect(Object.keys(resolveProtocol('dsine', { classes: 2 }))).toEqual(['id', 'normals']);
    expect(Object.keys(resolveProtocol('garg-50', { classes: 2 }))).toEqual(['id', 'depth']);
    expect(() => presetFor('mmseg', 'depth')).toThrow(/"mmseg" does not cover depth; authors-nyud, .*garg-50.* do/);
  });

  it('every preset can be said in words that name its rules', () => {
    for (const id of PROTOCOL_IDS) {
      const protocol = resolveProtocol(id, { classes: 40, depthTruth: 'raw' });
      const words = Object.fromEntries(protocolWords(protocol).map(({ task, words }) => [task, words]));
      const { depth } = protocol;
      expect(Object.keys(words)).toEqual(Object.keys(protocol).filter((key) => key !== 'id'));
      if (words.normals) expect(words.normals).toContain('90 degrees');
      if (!depth) continue;
      expect(words.depth).toContain('raw');
      if (depth.maximumM !== null) expect(words.depth).toContain(`${depth.minimumM} m < truth < ${depth.maximumM} m`);
      if (depth.crop === 'eigen-nyu') expect(words.depth).toContain('rows 45 to 470 and columns 41 to 600');
      if (depth.crop === 'garg') expect(words.depth).toContain('Garg crop');
      expect(words.depth.includes('devkit')).toBe(depth.fill === 'devkit');
    }
  });

  it('every rule of scaling and every crop has words of its own', () => {
    const { depth } = resolveProtocol('eigen-nyu', {});
    const said = (rules: Partial<DepthProtocol>) => protocolWords({ depth: { ...depth!, ...rules } })[0].words;
    expect(new Set(SCALINGS.map((scaling) => said({ scaling }))).size).toBe(SCALINGS.length);
    expect(new Set(CROPS.map((crop) => said({ crop }))).size).toBe(CROPS.length);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { PROTOCOL_PRESETS } from '../../src/core/protocol.ts';
import { protocolWords } from '../../src/core/protocol-words.ts';
import { addPacked, packCounts } from '../../src/metrics/packed.ts';
import { resolveProtocol } from '../../src/metrics/protocols.ts';
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

  it('every preset can be said in words that name its rules', () => {
    for (const id of Object.keys(PROTOCOL_PRESETS)) {
      const { depth, normals } = resolveProtocol(id, { depthTruth: 'raw' });
      const [{ words }] = protocolWords({ depth });
      expect(words).toContain('raw');
      if (depth!.maximumM !== null) expect(words).toContain(`${depth!.minimumM} m < truth < ${depth!.maximumM} m`);
      if (depth!.crop !== 'none') expect(words).toContain('rows 45 to 470 and columns 41 to 600');
      expect(protocolWords({ normals })[0].words).toContain('90 degrees');
    }
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { normalsOfDepth } from '../../src/kernels/depth-normals.ts';
import { sineCosine } from '../../src/worlds/angle.ts';
import { cameraOfSize, KITTI } from '../../src/worlds/camera.ts';
import { traceGeometry } from '../../src/worlds/geometry.ts';
import { renderRoom } from '../../src/worlds/rooms/index.ts';
import { labelId } from '../../src/worlds/rooms/labels.ts';
import { renderStreet, renderStreetView, type StreetFrame } from '../../src/worlds/streets/index.ts';
import { STREET_LABELS } from '../../src/worlds/streets/labels.ts';
import { buildStreet } from '../../src/worlds/streets/street.ts';
import { poseOf } from '../../src/worlds/streets/views.ts';
import { isFlatShape } from '../../src/worlds/surface.ts';

/** Of every map of a frame, so that no bit of any may change unnoticed. */
function hashOf(frame: StreetFrame): string {
  const hash = createHash('sha256');
  const { rgb, depthM, annotatedM, normals, labels, scan } = frame;
  // The bits of a NaN are the engine's affair.
  const known = normals.map((value) => (Number.isNaN(value) ? 9 : value));
  for (const map of [rgb, depthM, annotatedM, known, labels, scan])
    hash.update(new Uint8Array(map.buffer, map.byteOffset, map.byteLength));
  return hash.update(frame.pose.map(String).join()).digest('hex').slice(0, 16);
}

const small = { width: 160, height: 48 };

describe('frames are decided by their options', () => {
  it('has the same pixels on every platform (hashes of all maps; raise STREETS_VERSION when they change)', () => {
    const hashes = Object.fromEntries(
      [1, 2, 3, 4].map((seed) => [`seed ${seed}`, hashOf(renderStreet({ seed, frame: seed & 1, ...small }))]),
    );
    const drive = hashOf(renderStreet({ seed: 3, frame: 20, path: 'drive', ...small }));
    const full = hashOf(renderStreet({ seed: 11, frame: 0 }));
    expect({ ...hashes, drive, full }).toMatchInlineSnapshot(`
      {
        "drive": "9c5b9ed7f29d1441",
        "full": "2e43ba1870d4ccdd",
        "seed 1": "f9abe091635ddb5c",
        "seed 2": "ca06308245ed5e13",
        "seed 3": "7423a634309fb654",
        "seed 4": "61a2b8978642a71d",
      }
    `);
  });

  it('does not depend on what was rendered before', () => {
    const options = [0, 1, 2].map((frame) => ({ seed: 9, frame, ...small }));
    const forwards = options.map((o) => hashOf(renderStreet(o)));
    const street = buildStreet(9);
    const backwards = [...options].reverse().map((o) => hashOf(renderStreetView(street, o)));
    expect(backwards.reverse()).toEqual(forwards);
    expect(new Set(forwards).size).toBe(3);
  });

  it('drives along the right lane, about a metre from one frame to the next', () => {
    const street = buildStreet(5, true);
    const eyes = Array.from({ length: 60 }, (_, frame) => poseOf(street, 'drive', frame));
    for (let frame = 1; frame < eyes.length; frame++) {
      const [a, b] = [eyes[frame - 1], eyes[frame]];
      const step = b.o.map((v, k) => v - a.o[k]);
      expect(Math.hypot(...step)).toBeGreaterThan(0.6);
      expect(Math.hypot(...step)).toBeLessThan(1.4);
      // Forwards, as the camera looks.
      expect(step[0] * a.z[0] + step[1] * a.z[1]).toBeGreaterThan(0.55);
      expect(b.o[2]).toBeCloseTo(1.65, 9);
    }
    const ahead = renderStreetView(street, { frame: 0, path: 'drive', ...small });
    const middle = ahead.depthM[30 * 160 + 80];
    expect(middle).toBeGreaterThan(4);
  });

  it('knows sines and cosines', () => {
    for (let angle = -1.5; angle <= 1.5; angle += 0.01) {
      const [sine, cosine] = sineCosine(angle);
      expect(Math.abs(sine - Math.sin(angle))).toBeLessThan(2e-15);
      expect(Math.abs(cosine - Math.cos(angle))).toBeLessThan(2e-15);
    }
  });
});

describe('truth is exact', () => {
  const WIDTH = 414;
  const HEIGHT = 125;
  const street = buildStreet(21);
  const frame = renderStreetView(street, { frame: 0, width: WIDTH, height: HEIGHT });
  const camera = cameraOfSize(KITTI, WIDTH, HEIGHT, poseOf(street, 'views', 0));
  const maps = traceGeometry(street.world, camera);
  const { x, y, z, o } = camera.pose;
  const rayOf = (i: number) => {
    const a = ((i % WIDTH) - camera.cxPx) / camera.fxPx;
    const b = (Math.floor(i / WIDTH) - camera.cyPx) / camera.fyPx;
    return [0, 1, 2].map((k) => x[k] * a + y[k] * b + z[k]);
  };

  it('puts the road at the depth of the plane z = 0', () => {
    let seen = 0;
    frame.labels.forEach((label, i) => {
      if (label !== STREET_LABELS.road) return;
      seen++;
      // A crossing road lies 4 mm lower, so that the two never share a plane.
      const height = o[2] + rayOf(i)[2] * maps.depthM[i];
      expect(height).toBeGreaterThan(-0.0041);
      expect(height).toBeLessThan(1e-9);
    });
    expect(seen).toBeGreaterThan(4000);
  });

  it('has unit normals towards the camera and a depth everywhere but in the sky, and only known labels', () => {
    const known = new Set<number>(Object.values(STREET_LABELS));
    for (let i = 0; i < frame.labels.length; i++) {
      expect(known.has(frame.labels[i])).toBe(true);
      const isSky = frame.labels[i] === STREET_LABELS.sky;
      expect(frame.depthM[i] === 0).toBe(isSky);
      const [a, b, c] = frame.normals.subarray(3 * i, 3 * i + 3);
      expect(Number.isNaN(a)).toBe(isSky);
      if (isSky) continue;
      expect(a * a + b * b + c * c).toBeCloseTo(1, 5);
      // The slope of leaves is taken between neighbouring points and may lean back a little.
      const isLeaf = frame.labels[i] === STREET_LABELS.vegetation;
      const towards =
        a * (((i % WIDTH) - camera.cxPx) / camera.fxPx) + b * ((Math.floor(i / WIDTH) - camera.cyPx) / camera.fyPx) + c;
      if (!isLeaf) expect(towards).toBeLessThan(1e-5);
    }
  });

  it('agrees between depth and normals: neighbours on one flat face lie in one plane', () => {
    let seen = 0;
    for (let i = 0; i + 1 < maps.solid.length; i++) {
      const solid = maps.solid[i];
      if (solid < 0 || maps.solid[i + 1] !== solid || !isFlatShape(street.world.solids.shape[solid])) continue;
      if ([0, 1, 2].some((k) => maps.normals[3 * i + k] !== maps.normals[3 * i + 3 + k])) continue;
      const [p, q] = [i, i + 1].map((n) => rayOf(n).map((d) => d * maps.depthM[n]));
      const n = [0, 1, 2].map((k) => [x, y, z].reduce((sum, axis, c) => sum + axis[k] * maps.normals[3 * i + c], 0));
      const apart = Math.hypot(...p.map((v, k) => v - q[k]));
      // Normals are float32.
      expect(Math.abs(n.reduce((sum, v, k) => sum + v * (p[k] - q[k]), 0))).toBeLessThan(3e-7 * (1 + 4 * apart));
      seen++;
    }
    expect(seen).toBeGreaterThan(10_000);
  });

  it('agrees with normals that are computed from its depth, on roads, walls and leaves', () => {
    const depth = { height: HEIGHT, width: WIDTH, channels: 1 as const, data: frame.depthM };
    const derived = normalsOfDepth(depth, camera, { method: 'cross', window: 3 }).data;
    const angles = new Map<number, number[]>();
    for (let i = 0; i < frame.labels.length; i++) {
      if (!(frame.depthM[i] > 0 && frame.depthM[i] < 60) || Number.isNaN(derived[3 * i])) continue;
      const cosine = [0, 1, 2].reduce((sum, k) => sum + derived[3 * i + k] * frame.normals[3 * i + k], 0);
      const list = angles.get(frame.labels[i]) ?? [];
      list.push((Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI);
      angles.set(frame.labels[i], list);
    }
    const median = (label: number) => {
      const sorted = angles.get(label)!.sort((a, b) => a - b);
      return sorted[sorted.length >> 1];
    };
    expect(median(STREET_LABELS.road)).toBeLessThan(0.05);
    expect(median(STREET_LABELS.car)).toBeLessThan(0.05);
    expect(median(STREET_LABELS.building)).toBeLessThan(0.05);
    // Clumps are as small as pixels are here.
    expect(median(STREET_LABELS.vegetation)).toBeLessThan(45);
  });
});

describe('the scanner', () => {
  it('measures 64 beams within their angles and 120 m, with gaps, and reflectances as KITTI stores them', () => {
    const { scan } = renderStreet({ seed: 6, frame: 0, ...small });
    const beams = new Set<number>();
    for (let i = 0; i < scan.length; i += 4) {
      const [px, py, pz, reflectance] = scan.subarray(i, i + 4);
      const flat = Math.hypot(px, py);
      const elevationDeg = (Math.atan2(pz, flat) * 180) / Math.PI;
      expect(elevationDeg).toBeLessThan(2.01);
      expect(elevationDeg).toBeGreaterThan(-24.9);
      beams.add(Math.round(elevationDeg * 100));
      expect(Math.hypot(px, py, pz)).toBeLessThan(120.2);
      expect(px).toBeGreaterThan(0);
      expect(Math.abs(Math.atan2(py, px)) * (180 / Math.PI)).toBeLessThan(46.01);
      expect(reflectance).toBeGreaterThanOrEqual(0);
      expect(reflectance).toBeLessThan(1);
    }
    const emitted = 64 * 533;
    expect(beams.size).toBeGreaterThan(60);
    expect(scan.length / 4 / emitted).toBeGreaterThan(0.7);
    expect(scan.length / 4 / emitted).toBeLessThan(0.99);
  });
});

describe('mixed frames', () => {
  it('keep the truth of the room: a pane that shows a street is a window at its own depth', () => {
    const options = { seed: 3, frame: 0, width: 96, height: 72, outside: 'street' as const };
    const frame = renderRoom(options);
    const pane = labelId('window');
    const seen = [...frame.labels].filter((label) => label === pane).length;
    expect(seen).toBeGreaterThan(100);
    const colours = new Set<number>();
    frame.labels.forEach((label, i) => {
      expect(label).toBeGreaterThan(0);
      expect(frame.depthM[i]).toBeGreaterThan(0);
      expect(frame.depthM[i]).toBeLessThan(9);
      if (label === pane) colours.add(frame.rgb[3 * i] >> 4);
    });
    // A street has light and dark in it.
    expect(colours.size).toBeGreaterThan(6);
    expect(frame.rgb).toEqual(renderRoom(options).rgb);
  });
});

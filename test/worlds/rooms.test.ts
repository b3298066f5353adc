import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cameraOfSize, KINECT } from '../../src/worlds/camera.ts';
import { traceGeometry } from '../../src/worlds/geometry.ts';
import { type RoomFrame, renderRoom, renderRoomView } from '../../src/worlds/rooms/index.ts';
import { ROOM_KINDS } from '../../src/worlds/rooms/kinds.ts';
import { labelId, labelNames } from '../../src/worlds/rooms/labels.ts';
import { buildRoom } from '../../src/worlds/rooms/room.ts';
import { poseOf } from '../../src/worlds/rooms/views.ts';
import { isFlatShape } from '../../src/worlds/surface.ts';

/** Of every map of a frame, so that no bit of any may change unnoticed. */
function hashOf(frame: RoomFrame): string {
  const hash = createHash('sha256');
  const { rgb, depthM, rawDepthM, normals, labels, drawnLabels, instances } = frame;
  for (const map of [rgb, depthM, rawDepthM, normals, labels, drawnLabels, instances])
    hash.update(new Uint8Array(map.buffer, map.byteOffset, map.byteLength));
  return hash.update(frame.pose.map(String).join()).digest('hex').slice(0, 16);
}

const small = { width: 96, height: 64 };

describe('frames are decided by their options', () => {
  it('has the same pixels on every platform (hashes of all maps; raise ROOMS_VERSION when they change)', () => {
    const hashes = Object.fromEntries(
      ROOM_KINDS.map((kind, seed) => [kind, hashOf(renderRoom({ seed, frame: 0, kind, ...small }))]),
    );
    const walk = hashOf(renderRoom({ seed: 3, frame: 20, path: 'walk', ...small }));
    const full = hashOf(renderRoom({ seed: 11, frame: 1 }));
    expect({ ...hashes, walk, full }).toMatchInlineSnapshot(`
      {
        "bathroom": "68e5733c75eee585",
        "bedroom": "73a195ae400552c5",
        "dining_room": "15323c6bd79388f1",
        "full": "0b9d4b9fb88e4347",
        "kitchen": "ffa884917aa56754",
        "living_room": "98fc67c84d077963",
        "office": "97eeba5829c06478",
        "walk": "1b632b70847ad24e",
      }
    `);
  });

  it('does not depend on what was rendered before', () => {
    const options = [0, 1, 2].map((frame) => ({ seed: 9, frame, ...small }));
    const forwards = options.map((o) => hashOf(renderRoom(o)));
    const backwards = [...options].reverse().map((o) => hashOf(renderRoom(o)));
    expect(backwards.reverse()).toEqual(forwards);
    expect(new Set(forwards).size).toBe(3);
    const room = buildRoom(9);
    expect(options.map((o) => hashOf(renderRoomView(room, o)))).toEqual(forwards);
  });

  it('moves little from one frame of a walk to the next, and some in a second', () => {
    const room = buildRoom(5);
    const eye = (frame: number) => poseOf(room, 'walk', frame).o;
    const apart = (a: number, b: number) => Math.hypot(...eye(a).map((v, i) => v - eye(b)[i]));
    for (let frame = 0; frame < 60; frame++) expect(apart(frame, frame + 1)).toBeLessThan(0.05);
    expect(Math.max(apart(0, 30), apart(0, 60), apart(0, 90))).toBeGreaterThan(0.02);
  });
});

describe('truth is exact', () => {
  const room = buildRoom(21);
  const camera = cameraOfSize(KINECT, 160, 120, poseOf(room, 'views', 0));
  const maps = traceGeometry(room.world, camera);
  const { x, y, z, o } = camera.pose;
  const rayOf = (i: number) => {
    const a = ((i % 160) - camera.cxPx) / camera.fxPx;
    const b = (Math.floor(i / 160) - camera.cyPx) / camera.fyPx;
    return [0, 1, 2].map((k) => x[k] * a + y[k] * b + z[k]);
  };

  it('puts the floor at the depth of the plane z = 0', () => {
    const floor = labelId('floor');
    let seen = 0;
    maps.solid.forEach((solid, i) => {
      if (solid < 0 || room.world.solids.all[solid].label !== floor) return;
      seen++;
      expect(maps.depthM[i]).toBeCloseTo(-o[2] / rayOf(i)[2], 9);
      for (const [k, axis] of [x, y, z].entries()) expect(maps.normals[3 * i + k]).toBeCloseTo(axis[2], 6);
    });
    expect(seen).toBeGreaterThan(300);
  });

  it('agrees between depth and normals: neighbours on one flat face lie in one plane', () => {
    let seen = 0;
    for (let i = 0; i + 1 < maps.solid.length; i++) {
      const solid = maps.solid[i];
      if (solid < 0 || maps.solid[i + 1] !== solid || !isFlatShape(room.world.solids.shape[solid])) continue;
      if ([0, 1, 2].some((k) => maps.normals[3 * i + k] !== maps.normals[3 * i + 3 + k])) continue;
      const [p, q] = [i, i + 1].map((n) => rayOf(n).map((d) => d * maps.depthM[n]));
      const n = [0, 1, 2].map((k) => [x, y, z].reduce((sum, axis, c) => sum + axis[k] * maps.normals[3 * i + c], 0));
      // Normals are float32.
      expect(Math.abs(n.reduce((sum, v, k) => sum + v * (p[k] - q[k]), 0))).toBeLessThan(2e-6);
      seen++;
    }
    expect(seen).toBeGreaterThan(5000);
  });

  it('has unit normals towards the camera, and knows a label for every pixel', () => {
    const frame = renderRoomView(room, { frame: 0, ...small });
    for (let i = 0; i < frame.labels.length; i++) {
      const [a, b, c] = frame.normals.subarray(3 * i, 3 * i + 3);
      expect(a * a + b * b + c * c).toBeCloseTo(1, 5);
      const [fx, , cx, , fy, cy] = frame.intrinsics;
      const towards = a * (((i % 96) - cx) / fx) + b * ((Math.floor(i / 96) - cy) / fy) + c;
      expect(towards).toBeLessThan(1e-5);
      expect(frame.depthM[i]).toBeGreaterThan(0);
      expect(labelNames[frame.labels[i] - 1]).toBeDefined();
      expect([0, frame.labels[i]]).toContain(frame.drawnLabels[i]);
      expect(frame.instances[i] > 0).toBe(frame.drawnLabels[i] > 0);
    }
  });

  it('never sees out of a room, whatever its kind', () => {
    for (const kind of ROOM_KINDS)
      for (let seed = 0; seed < 4; seed++) {
        const { depthM } = renderRoom({ seed: seed * 31 + 7, frame: seed, kind, width: 48, height: 36 });
        expect(Math.min(...depthM)).toBeGreaterThan(0);
        expect(Math.max(...depthM)).toBeLessThan(9);
      }
  });
});

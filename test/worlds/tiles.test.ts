import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { cameraOfSize, KINECT } from '../../src/worlds/camera.ts';
import { entered, ray } from '../../src/worlds/enter.ts';
import { aimer, FARTHEST_M, traceGeometry } from '../../src/worlds/geometry.ts';
import { ROOM_KINDS } from '../../src/worlds/rooms/kinds.ts';
import { buildRoom } from '../../src/worlds/rooms/room.ts';
import { poseOf } from '../../src/worlds/rooms/views.ts';
import { findCandidates, nearestInTile, tileAt } from '../../src/worlds/tiles.ts';
import { nearestHit } from '../../src/worlds/trace.ts';

const WIDTH = 100;
const HEIGHT = 76;

/** A camera that stands in the room, so that walls, floor and ceiling reach behind it. */
function scene(seed: number) {
  const room = buildRoom(seed, ROOM_KINDS[seed % ROOM_KINDS.length]);
  return { world: room.world, camera: cameraOfSize(KINECT, WIDTH, HEIGHT, poseOf(room, 'views', seed)) };
}

describe('candidates of a tile', () => {
  it('hold all that a ray of the tile meets: the depth is that of the whole world, on and between pixels', () => {
    for (let seed = 0; seed < ROOM_KINDS.length; seed++) {
      const { world, camera } = scene(seed);
      const tiles = findCandidates(world, camera);
      const aim = aimer(camera);
      const random = new Random(seed);
      for (let n = 0; n < 1500; n++) {
        const between = n % 3 === 0 ? 0 : random.uniform(-0.499, 0.499);
        const column = random.integer(0, WIDTH - 1) + between;
        const row = random.integer(0, HEIGHT - 1) - between;
        aim(column, row);
        const [ox, oy, oz, dx, dy, dz] = ray;
        const whole = nearestHit(world, ox, oy, oz, dx, dy, dz, FARTHEST_M);
        expect(whole).toBeGreaterThanOrEqual(0);
        aim(column, row);
        entered[0] = FARTHEST_M;
        const guess = random.integer(-1, world.solids.count - 1);
        const found = nearestInTile(world, tiles, tileAt(tiles, column, row), guess);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(entered[0]).toBe(world.hitT);
      }
    }
  });

  it('are few, nearest first, and end with the last tile', () => {
    const { world, camera } = scene(3);
    const { columns, start, solid, entry } = findCandidates(world, camera);
    expect(start.length - 1).toBe(columns * Math.floor((HEIGHT + 7) / 8));
    expect(start[start.length - 1]).toBe(solid.length);
    expect(solid.length / (start.length - 1)).toBeLessThan(world.solids.count / 5);
    for (let tile = 0; tile + 1 < start.length; tile++) {
      expect(new Set(solid.subarray(start[tile], start[tile + 1])).size).toBe(start[tile + 1] - start[tile]);
      for (let i = start[tile] + 1; i < start[tile + 1]; i++) expect(entry[i]).toBeGreaterThanOrEqual(entry[i - 1]);
    }
  });

  it('are no nearer than the geometry that they give', () => {
    const { world, camera } = scene(4);
    const { tiles, solid, depthM } = traceGeometry(world, camera);
    for (let row = 0, i = 0; row < HEIGHT; row++)
      for (let column = 0; column < WIDTH; column++, i++) {
        const tile = tileAt(tiles, column, row);
        const at = tiles.solid.subarray(tiles.start[tile], tiles.start[tile + 1]).indexOf(solid[i]);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(tiles.entry[tiles.start[tile] + at]).toBeLessThanOrEqual(depthM[i]);
      }
  });
});

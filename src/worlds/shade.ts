import { mix } from '../core/random.ts';
import { lightAt } from './light-lookup.ts';
import { skyLight, unshadowed } from './light-sample.ts';
import type { LightMaps } from './lighting.ts';
import type { Spot } from './material.ts';
import { newSurface, surfaceAt } from './surface.ts';
import { nearestHit, occluder } from './trace.ts';
import type { Numbers, World } from './world.ts';

export function newSpot(): Spot {
  const { x, y, z, nx, ny, nz, u, v, w, face } = newSurface();
  // Written out and not whole numbers, as in newSurface.
  const unset = Number.NaN;
  return {
    x,
    y,
    z,
    nx,
    ny,
    nz,
    u,
    v,
    w,
    face,
    px: unset,
    py: unset,
    pz: unset,
    hx: unset,
    hy: unset,
    hz: unset,
    footprintM: unset,
    dx: unset,
    dy: unset,
    dz: unset,
  };
}

/**
 * Fills in a spot whose position x, y, z and viewing direction dx, dy, dz (unit) are set: surface and texture
 * coordinates. `footprintM`, set to the width of a pixel straight on, becomes its width on the surface.
 */
export function fillSpot(world: World, solid: number, spot: Spot): void {
  surfaceAt(world.solids, solid, spot);
  const { extent } = world.solids;
  const at = 6 * solid;
  spot.hx = extent[at];
  spot.hy = extent[at + 1];
  spot.hz = extent[at + 2];
  spot.px = spot.u * spot.hx + extent[at + 3];
  spot.py = spot.v * spot.hy + extent[at + 4];
  spot.pz = spot.w * spot.hz + extent[at + 5];
  const cosine = Math.abs(spot.dx * spot.nx + spot.dy * spot.ny + spot.dz * spot.nz);
  spot.footprintM /= Math.sqrt(cosine > 0.02 ? cosine : 0.02);
}

/** A mirror image this faint is not worth its ray. */
const BARELY_SEEN = 0.06;
const arriving = new Float64Array(19);
const mirrored = newSpot();
const mirrorColour = new Float64Array(3);
const mirrorLight = new Float64Array(3);

/** Radiance of a spot towards the eye. `out` gets red, green, blue. */
export function shade(
  world: World,
  solid: number,
  spot: Spot,
  maps: LightMaps,
  column: number,
  row: number,
  out: Float64Array,
): void {
  const material = world.materials[world.solids.material[solid]];
  material.colour(spot, out);
  if (!material.emits) {
    const hasGloss = material.gloss > 0.02;
    lightAt(world, maps, column, row, solid, spot, hasGloss, arriving);
    lit(world, spot, arriving, hasGloss ? material.gloss : 0, material.selfShaded, out);
  }
  if (material.reflects > 0) {
    const cosine = -(spot.dx * spot.nx + spot.dy * spot.ny + spot.dz * spot.nz);
    const m = 1 - (cosine > 0 ? cosine : 0);
    const share = material.reflects + (1 - material.reflects) * m * m * m * m * m * 0.4 - BARELY_SEEN;
    if (share > 0) {
      reflection(world, spot, cosine, mirrorColour);
      for (let c = 0; c < 3; c++) out[c] += (mirrorColour[c] - out[c]) * share;
    }
  }
}

/** albedo in `out` -> radiance, given visibilities and light. */
function lit(world: World, spot: Spot, light: Float64Array, gloss: number, isRough: boolean, out: Float64Array): void {
  const { lights, sun } = world;
  const n = lights.length;
  let red = light[n];
  let green = light[n + 1];
  let blue = light[n + 2];
  let highlight = 0;
  if (gloss > 0)
    for (let l = 0; l < n; l++)
      if (light[l] > 0) highlight += gloss * light[l] * lights[l].power[1] * glint(spot, lights[l].centre);
  if (sun) {
    const e = sunlight(world, spot, isRough);
    if (e > 0 && gloss > 0 && world.sky) highlight += gloss * sunGlint(spot, sun.direction) * sun.radiance[1];
    red += sun.radiance[0] * e;
    green += sun.radiance[1] * e;
    blue += sun.radiance[2] * e;
  }
  out[0] = out[0] * red + highlight;
  out[1] = out[1] * green + highlight;
  out[2] = out[2] * blue + highlight;
}

/** A rational lobe around the half vector stands in for a power of the cosine, which platforms compute differently. */
function glint(spot: Spot, centre: Numbers): number {
  const lx = centre[0] - spot.x;
  const ly = centre[1] - spot.y;
  const lz = centre[2] - spot.z;
  const d2 = lx * lx + ly * ly + lz * lz;
  const inverse = 1 / Math.sqrt(d2);
  const hx = lx * inverse - spot.dx;
  const hy = ly * inverse - spot.dy;
  const hz = lz * inverse - spot.dz;
  const along = hx * spot.nx + hy * spot.ny + hz * spot.nz;
  const sharp = 1 - (along * along) / (hx * hx + hy * hy + hz * hz);
  const lobe = 1 / (1 + 160 * sharp);
  return (0.35 * lobe * lobe) / (d2 > 0.3 ? d2 : 0.3);
}

/** The sun's image in a surface that is not quite smooth: as glint, for light from a direction. */
function sunGlint(spot: Spot, direction: Numbers): number {
  const hx = direction[0] - spot.dx;
  const hy = direction[1] - spot.dy;
  const hz = direction[2] - spot.dz;
  const along = hx * spot.nx + hy * spot.ny + hz * spot.nz;
  const sharp = 1 - (along * along) / (hx * hx + hy * hy + hz * hz);
  const lobe = 1 / (1 + 260 * sharp);
  return 0.8 * lobe * lobe;
}

/** Nothing stands between a place under the open sky and the sun beyond this. */
const FARTHEST_SHADOW_M = 160;
/** As wide as it is seen, half a degree. */
const SUN_WIDTH = 0.01;
let lastInTheWay = -1;
let lastWorld: World | undefined;

/** Cosine of the sun's rays at a spot if nothing is in their way, else 0; rough surfaces do not shade themselves. */
function openSunlight(world: World, spot: Spot, isRough: boolean): number {
  const { direction } = world.sun!;
  const sx = direction[0];
  const sy = direction[1];
  const sz = direction[2];
  const cosine = sx * spot.nx + sy * spot.ny + sz * spot.nz;
  if (cosine <= 0) return 0;
  if (lastWorld !== world) lastInTheWay = -1;
  lastWorld = world;
  const off = isRough ? 0.12 : 1e-3;
  // Somewhere on the sun's disc, decided by the place: shadows have a soft edge, which widens with the distance.
  const bits = mix(Math.floor(spot.x * 4099) ^ Math.floor(spot.z * 6007), Math.floor(spot.y * 5003));
  lastInTheWay = occluder(
    world,
    spot.x + spot.nx * off,
    spot.y + spot.ny * off,
    spot.z + spot.nz * off,
    sx + ((bits & 0xff) / 255 - 0.5) * SUN_WIDTH,
    sy + (((bits >>> 8) & 0xff) / 255 - 0.5) * SUN_WIDTH,
    sz + (((bits >>> 16) & 0xff) / 255 - 0.5) * SUN_WIDTH,
    FARTHEST_SHADOW_M,
    lastInTheWay,
  );
  return lastInTheWay < 0 ? cosine : 0;
}

/** Cosine of the sun's rays at a spot if they get there, through an opening where there are any, else 0. */
function sunlight(world: World, spot: Spot, isRough: boolean): number {
  const { direction, openings } = world.sun!;
  if (!openings) return openSunlight(world, spot, isRough);
  const sx = direction[0];
  const sy = direction[1];
  const sz = direction[2];
  const cosine = sx * spot.nx + sy * spot.ny + sz * spot.nz;
  if (cosine <= 0) return 0;
  for (const { centre, u, v, normal } of openings) {
    const towards = sx * normal[0] + sy * normal[1] + sz * normal[2];
    if (towards >= 0) continue;
    const cx = centre[0] - spot.x;
    const cy = centre[1] - spot.y;
    const cz = centre[2] - spot.z;
    const t = (cx * normal[0] + cy * normal[1] + cz * normal[2]) / towards;
    if (t <= 0.01) continue;
    const hx = sx * t - cx;
    const hy = sy * t - cy;
    const hz = sz * t - cz;
    const a = (hx * u[0] + hy * u[1] + hz * u[2]) / (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
    const b = (hx * v[0] + hy * v[1] + hz * v[2]) / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    if (a < -1 || a > 1 || b < -1 || b > 1) continue;
    const off = 3e-4;
    const met = occluder(
      world,
      spot.x + spot.nx * off,
      spot.y + spot.ny * off,
      spot.z + spot.nz * off,
      sx,
      sy,
      sz,
      t,
      -1,
    );
    return met < 0 ? cosine : 0;
  }
  return 0;
}

/** What a mirror shows: one more ray, lit without shadows. */
function reflection(world: World, spot: Spot, cosine: number, out: Float64Array): void {
  const dx = spot.dx + 2 * cosine * spot.nx;
  const dy = spot.dy + 2 * cosine * spot.ny;
  const dz = spot.dz + 2 * cosine * spot.nz;
  const ox = spot.x + spot.nx * 1e-3;
  const oy = spot.y + spot.ny * 1e-3;
  const oz = spot.z + spot.nz * 1e-3;
  out.fill(0);
  const solid = nearestHit(world, ox, oy, oz, dx, dy, dz, 50);
  if (solid < 0) {
    world.sky?.radiance(dx, dy, dz, out);
    return;
  }
  const t = world.hitT;
  mirrored.x = ox + dx * t;
  mirrored.y = oy + dy * t;
  mirrored.z = oz + dz * t;
  mirrored.dx = dx;
  mirrored.dy = dy;
  mirrored.dz = dz;
  mirrored.footprintM = spot.footprintM + t * 0.002;
  fillSpot(world, solid, mirrored);
  const material = world.materials[world.solids.material[solid]];
  material.colour(mirrored, out);
  if (material.emits) return;
  const { lights, ambient, sky, sun } = world;
  if (sky) {
    skyLight(sky, mirrored.nz, mirrorLight, 0);
    const cosine = sun
      ? sun.direction[0] * mirrored.nx + sun.direction[1] * mirrored.ny + sun.direction[2] * mirrored.nz
      : 0;
    for (let c = 0; c < 3; c++) out[c] *= mirrorLight[c] + (cosine > 0 ? sun!.radiance[c] * cosine * 0.6 : 0);
    return;
  }
  let red = ambient[0];
  let green = ambient[1];
  let blue = ambient[2];
  for (const light of lights) {
    const e = 0.8 * unshadowed(light, mirrored);
    red += light.power[0] * e;
    green += light.power[1] * e;
    blue += light.power[2] * e;
  }
  out[0] *= red;
  out[1] *= green;
  out[2] *= blue;
}

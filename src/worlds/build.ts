import { type Frame, moved, turned } from './frame.ts';
import type { Material } from './material.ts';
import { BOX, CUSHION, CYLINDER, ELLIPSOID, LEAFY, type Shape, type Solid, TRUNCATED } from './solids.ts';

/** A world in the making. */
export class Draft {
  readonly solids: Solid[] = [];
  readonly materials: Material[] = [];
  readonly #materialIndex = new Map<Material, number>();
  #instances = 0;

  indexOf(material: Material): number {
    let index = this.#materialIndex.get(material);
    if (index === undefined) {
      index = this.materials.push(material) - 1;
      this.#materialIndex.set(material, index);
    }
    return index;
  }

  newInstance(): number {
    return this.#instances++;
  }
}

/**
 * One thing being put together from solids, in its own frame: x to the right, y to the front, z up, origin on the floor
 * in the middle of its back. Solids are given by the middle of their underside (x, y, z) and their full size w x d x h.
 */
export class Part {
  readonly #draft: Draft;
  readonly #label: number;
  readonly #instance: number;
  readonly frame: Frame;

  constructor(draft: Draft, frame: Frame, label: number, instance: number) {
    this.#draft = draft;
    this.frame = frame;
    this.#label = label;
    this.#instance = instance;
  }

  /** The same thing, seen from a frame that is moved and turned about z (tangent of half the angle). */
  at(x: number, y: number, z: number, yaw = 0): Part {
    const frame = moved(this.frame, x, y, z);
    return new Part(this.#draft, yaw === 0 ? frame : turned(frame, 'z', yaw), this.#label, this.#instance);
  }

  tilted(x: number, y: number, z: number, axis: 'x' | 'y' | 'z', halfTangent: number): Part {
    const frame = turned(moved(this.frame, x, y, z), axis, halfTangent);
    return new Part(this.#draft, frame, this.#label, this.#instance);
  }

  /** The same thing, seen from a frame of the world's. */
  inFrame(frame: Frame): Part {
    return new Part(this.#draft, frame, this.#label, this.#instance);
  }

  /** Another thing, with a label of its own, at this place. */
  as(label: number): Part {
    return new Part(this.#draft, this.frame, label, this.#draft.newInstance());
  }

  box(x: number, y: number, z: number, w: number, d: number, h: number, material: Material, castsShadow = true): void {
    this.#add(BOX, x, y, z, w, d, h, material, 0, castsShadow);
  }

  ellipsoid(x: number, y: number, z: number, w: number, d: number, h: number, material: Material, shadow = true): void {
    this.#add(ELLIPSOID, x, y, z, w, d, h, material, 0, shadow);
  }

  /** Upright; `taper` in (-1, 1): the radius is 1 - taper times the size below and 1 + taper times above. */
  cylinder(
    x: number,
    y: number,
    z: number,
    w: number,
    d: number,
    h: number,
    material: Material,
    taper = 0,
    castsShadow = true,
  ): void {
    this.#add(CYLINDER, x, y, z, w, d, h, material, taper, castsShadow);
  }

  /** `bulge` from 1/3 (a box) to 1 (an ellipsoid). */
  cushion(x: number, y: number, z: number, w: number, d: number, h: number, material: Material, bulge = 0.5): void {
    this.#add(CUSHION, x, y, z, w, d, h, material, bulge, true);
  }

  /** A box whose top is smaller by the shares `narrowX` and `narrowY`: 1 and 0 make a gable roof with its ridge along y. */
  truncated(
    x: number,
    y: number,
    z: number,
    w: number,
    d: number,
    h: number,
    material: Material,
    narrowX: number,
    narrowY: number,
  ): void {
    this.#add(TRUNCATED, x, y, z, w, d, h, material, narrowX, true, narrowY);
  }

  /** Leaves: a crown, or with `isHedge` a hedge, whose gaps reach in by the share `gaps`; `clumpM` is what they are made of. */
  leafy(
    x: number,
    y: number,
    z: number,
    w: number,
    d: number,
    h: number,
    material: Material,
    { gaps, clumpM, isHedge = false }: { gaps: number; clumpM: number; isHedge?: boolean },
  ): void {
    this.#add(LEAFY, x, y, z, w, d, h, material, isHedge ? -gaps : gaps, true, clumpM);
  }

  /** A round bar along local x or y, given by its middle. */
  bar(axis: 'x' | 'y', x: number, y: number, z: number, length: number, thick: number, material: Material): void {
    const lying = axis === 'x' ? this.tilted(x, y, z, 'y', 1) : this.tilted(x, y, z, 'x', 1);
    lying.cylinder(0, 0, -length / 2, thick, thick, length, material);
  }

  #add(
    shape: Shape,
    x: number,
    y: number,
    z: number,
    w: number,
    d: number,
    h: number,
    material: Material,
    shaping: number,
    castsShadow: boolean,
    lean = 0,
  ): void {
    const middle = z + h / 2;
    this.#draft.solids.push({
      shape,
      frame: moved(this.frame, x, y, middle),
      half: [w / 2, d / 2, h / 2],
      shaping,
      lean,
      material: this.#draft.indexOf(material),
      label: this.#label,
      instance: this.#instance,
      textureOffset: [x, y, middle],
      castsShadow,
    });
  }
}

import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../backends/tfjs/engine.ts';

/** [images, height, width] of one group of a batch. */
export type GroupShape = readonly [images: number, height: number, width: number];

/**
 * What a layer gives for a batch that may hold images of several sizes: as pictures, one tensor per size, for whatever
 * looks at neighbours, and as one matrix of all pixels for everything else. Each is made of the other when it is first
 * asked for; parting costs nothing, joining is a copy.
 */
export class Value {
  readonly #tf: Tf;
  readonly shapes: readonly GroupShape[];
  #matrix: Tensor2D | undefined;
  #pictures: readonly Tensor4D[] | undefined;

  private constructor(tf: Tf, shapes: readonly GroupShape[]) {
    this.#tf = tf;
    this.shapes = shapes;
  }

  static ofMatrix(tf: Tf, matrix: Tensor2D, shapes: readonly GroupShape[]): Value {
    const value = new Value(tf, shapes);
    value.#matrix = matrix;
    return value;
  }

  static ofPictures(tf: Tf, pictures: readonly Tensor4D[]): Value {
    const value = new Value(
      tf,
      pictures.map(({ shape: [images, height, width] }): GroupShape => [images, height, width]),
    );
    value.#pictures = pictures;
    return value;
  }

  /** [pixels of all groups, channels]. */
  get matrix(): Tensor2D {
    if (!this.#matrix) {
      const flat = this.#pictures!.map((picture) => this.#tf.reshape(picture, [-1, picture.shape[3]]));
      this.#matrix = (flat.length === 1 ? flat[0] : this.#tf.concat(flat, 0)) as Tensor2D;
    }
    return this.#matrix;
  }

  get pictures(): readonly Tensor4D[] {
    if (!this.#pictures) {
      const matrix = this.#matrix!;
      const parts =
        this.shapes.length === 1
          ? [matrix]
          : this.#tf.split(
              matrix,
              this.shapes.map(([images, height, width]) => images * height * width),
              0,
            );
      this.#pictures = parts.map((part, group) =>
        this.#tf.reshape(part, [...this.shapes[group], matrix.shape[1]] as [number, number, number, number]),
      );
    }
    return this.#pictures;
  }

  dispose(): void {
    const tensors: Tensor[] = [...(this.#matrix ? [this.#matrix] : []), ...(this.#pictures ?? [])];
    for (const tensor of tensors) tensor.dispose();
  }
}

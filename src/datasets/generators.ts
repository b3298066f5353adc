import type { GenerateOptions } from './card.ts';
import { generateRooms, ROOMS_VERSION } from './rooms/index.ts';

export interface Generator {
  /** Raised when pixels change; data of another version are never taken for this one's. */
  readonly version: number | string;
  /** Writes a complete data set to `directory`, or nothing. */
  generate(
    directory: string,
    options: GenerateOptions,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void>;
}

/** Worlds that a card's `generate.world` may name. */
export const GENERATORS: Readonly<Record<GenerateOptions['world'], Generator>> = {
  rooms: {
    version: ROOMS_VERSION,
    generate: (directory, { world: _, ...options }, onProgress) => generateRooms(directory, options, onProgress),
  },
};

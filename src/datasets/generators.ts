import type { GenerateOptions, RoomsOptions, StreetsOptions } from './generate-schema.ts';
import { generateRooms, ROOMS_VERSION } from './rooms/index.ts';
import { generateStreets, STREETS_VERSION } from './streets/index.ts';

type OnProgress = (done: number, total: number) => void;

export interface Generator {
  /** Raised when pixels change; data of another version are never taken for this one's. */
  readonly version: number | string;
  /** Writes a complete data set to `directory`, or nothing. */
  generate(directory: string, options: GenerateOptions, onProgress?: OnProgress): Promise<void>;
}

/** Ties a generator to its branch of the options' union; the registry hands each to the world that it names. */
const generator = <O extends GenerateOptions>(
  version: number,
  write: (directory: string, options: O, onProgress?: OnProgress) => Promise<void>,
): Generator => ({
  version,
  generate: (directory, options, onProgress) => write(directory, options as O, onProgress),
});

/** Worlds that a card's `generate.world` may name. */
export const GENERATORS: Readonly<Record<GenerateOptions['world'], Generator>> = {
  rooms: generator<RoomsOptions>(ROOMS_VERSION, generateRooms),
  streets: generator<StreetsOptions>(STREETS_VERSION, generateStreets),
};

import type { GenerateOptions } from './generate-schema.ts';
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
  write: (directory: string, options: Omit<O, 'world'>, onProgress?: OnProgress) => Promise<void>,
): Generator => ({
  version,
  generate: (directory, { world: _, ...options }, onProgress) =>
    write(directory, options as Omit<O, 'world'>, onProgress),
});

type OptionsOf<W extends GenerateOptions['world']> = Extract<GenerateOptions, { world: W }>;

/** Worlds that a card's `generate.world` may name. */
export const GENERATORS: Readonly<Record<GenerateOptions['world'], Generator>> = {
  rooms: generator<OptionsOf<'rooms'>>(ROOMS_VERSION, generateRooms),
  streets: generator<OptionsOf<'streets'>>(STREETS_VERSION, generateStreets),
};

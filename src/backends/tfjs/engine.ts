import { messageOf, ResourceError } from '../../core/errors.ts';

export type Tf = typeof import('@tensorflow/tfjs-core');

/** One of TensorFlow.js's backends, registered and started. */
export interface Engine {
  readonly tf: Tf;
  readonly name: string;
}

/**
 * TensorFlow.js has one engine per process, and "the current backend" is a global of it. Several runtimes live side by
 * side because all work on it is one synchronous stretch that first makes its own backend the current one: nothing can
 * come in between, and every tensor that a stretch makes belongs to the backend that was current. Only starting a
 * backend is asynchronous; stretches wait while one starts.
 */
let starting: Promise<unknown> = Promise.resolve();

/**
 * Loads TensorFlow.js and the package that registers backend `name`, and starts that backend.
 * @param register imports the package; its failure is reported as a missing package
 * @throws ResourceError saying what to install, or that the backend did not start.
 */
export async function startEngine(id: string, name: string, register: () => Promise<unknown>): Promise<Engine> {
  let tf: Tf;
  try {
    const core = await import('@tensorflow/tfjs-core');
    // CommonJS: of some loaders the names lie in the default export alone.
    tf = (core as unknown as { default?: Tf }).default ?? core;
    // Keeps the packages' banners off the terminal; it changes no arithmetic.
    tf.enableProdMode();
    await register();
  } catch (error) {
    if (error instanceof ResourceError) throw error;
    throw new ResourceError(
      `backend ${id} cannot be loaded on this machine (${messageOf(error).split('\n')[0]}); ` +
        `npm install ${packagesOf(id)}, or choose another backend`,
    );
  }
  const start = starting.then(() => quietly(() => tf.setBackend(name)));
  starting = start.catch(() => undefined);
  const reason = await start.then(
    (started) => (started ? undefined : `"${name}" did not start`),
    (error: unknown) => messageOf(error),
  );
  if (reason !== undefined)
    throw new ResourceError(`backend ${id}: TensorFlow.js cannot use it here (${reason}); choose another backend`);
  return { tf, name };
}

/** Runs `work` with the engine's backend as the current one. `work` must be synchronous. */
export async function onEngine<T>({ tf, name }: Engine, work: (tf: Tf) => T): Promise<T> {
  for (let seen: Promise<unknown> | undefined; seen !== starting; ) {
    seen = starting;
    await seen;
  }
  // A started backend becomes current before setBackend first awaits, so there is nothing to wait for.
  if (tf.getBackend() !== name) void tf.setBackend(name);
  if (tf.getBackend() !== name) throw new Error(`TensorFlow.js stayed on ${tf.getBackend()} instead of ${name}`);
  return work(tf);
}

/**
 * The glue code of WebAssembly answers uncaught errors of the whole process by throwing them again, which hides where
 * they came from and changes the exit code: not its business, so what it installs is taken away.
 */
async function quietly<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  try {
    return await start();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (!before[i].has(listener)) process.removeListener(event, listener);
    });
  }
}

const packagesOf = (id: string): string =>
  id === 'tfjs-node'
    ? '@tensorflow/tfjs-node'
    : `@tensorflow/tfjs-core @tensorflow/${id.replace('tfjs-', 'tfjs-backend-')}`;

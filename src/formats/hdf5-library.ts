export type Hdf5Library = typeof import('h5wasm/node');

let loading: Promise<Hdf5Library> | undefined;

/** Loaded when first needed: 4 MB of WebAssembly that most commands never use. */
export function loadHdf5Library(): Promise<Hdf5Library> {
  loading ??= (async () => {
    const loaded = await import('h5wasm/node');
    // Without this a damaged chunk gives plausible wrong numbers, a truncated file "opens", a full disk ends in silence.
    const module = (await loaded.ready) as unknown as { activate_throwing_error_handler(): void };
    module.activate_throwing_error_handler();
    return loaded;
  })();
  return loading;
}

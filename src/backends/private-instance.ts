import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin, Module } from 'node:module';
import { dirname } from 'node:path';

interface CommonJs {
  exports: unknown;
}

type Evaluate = (
  exports: unknown,
  require: (id: string) => unknown,
  module: CommonJs,
  file: string,
  folder: string,
) => void;

/**
 * An instance of a CommonJS package that shares no state with any other: it and every package it requires are evaluated
 * anew, past Node's module cache. (Taking modules out of that cache instead breaks an import that is under way.)
 * @param from where the package is looked for: the import.meta.url of the caller
 */
export function privateInstance<T>(name: string, from: string): T {
  const modules = new Map<string, CommonJs>();
  const load = (file: string): unknown => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module: CommonJs = { exports: {} };
    modules.set(file, module);
    const around = createRequire(file);
    const require = (id: string): unknown => (isBuiltin(id) ? around(id) : load(around.resolve(id)));
    compile(file)(module.exports, require, module, file, dirname(file));
    return module.exports;
  };
  return load(createRequire(from).resolve(name)) as T;
}

/** By Node's own compiler of CommonJS, for node:vm gives code no import() without a warning. */
function compile(file: string): Evaluate {
  const shell = new Module(file) as Module & { _compile(code: string, file: string): void };
  const code = readFileSync(file, 'utf8');
  // On one line with the code, so that places in it stay what they are.
  shell._compile(`module.exports=function(exports,require,module,__filename,__dirname){${code}\n}`, file);
  return shell.exports as Evaluate;
}

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Whether tfjs-node and its native part are here; CI builds it where it can be had (scripts/tfjs-native.mjs). */
export function needsTfjsNode(): { skip: boolean } {
  const skip = !isBuilt();
  if (skip)
    console.log('SKIPPED: needs @tensorflow/tfjs-node with its native part; node scripts/tfjs-native.mjs builds it');
  return { skip };
}

function isBuilt(): boolean {
  try {
    const library = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json')), 'lib');
    return readdirSync(library).some((name) => existsSync(join(library, name, 'tfjs_binding.node')));
  } catch {
    return false;
  }
}

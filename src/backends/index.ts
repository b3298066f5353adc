import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { Backend } from './backend.ts';
import { fake } from './fake.ts';
import { onnxruntimeNode } from './onnxruntime-node.ts';
import { onnxruntimeWeb } from './onnxruntime-web.ts';
import { prior } from './prior.ts';
import { processBackend } from './process/index.ts';
import { replay } from './replay.ts';
import { tfjsCpu } from './tfjs-cpu.ts';
import { tfjsNode } from './tfjs-node.ts';
import { tfjsWasm } from './tfjs-wasm.ts';

/** Every backend by id. Adding one is a file and a line here; test/conformance/backends.test.ts then asks for its case. */
export const BACKENDS = {
  'onnxruntime-node': onnxruntimeNode,
  'onnxruntime-web': onnxruntimeWeb,
  'tfjs-node': tfjsNode,
  'tfjs-wasm': tfjsWasm,
  'tfjs-cpu': tfjsCpu,
  prior,
  process: processBackend,
  replay,
  fake,
} as const satisfies Record<string, Backend>;

export type BackendId = keyof typeof BACKENDS;
export const BACKEND_IDS = Object.keys(BACKENDS) as BackendId[];

/** @throws UsageError with the nearest id. */
export function backendOf(id: string): Backend {
  if (!Object.hasOwn(BACKENDS, id)) throw new UsageError(unknownName('backend', id, BACKEND_IDS));
  return BACKENDS[id as BackendId];
}

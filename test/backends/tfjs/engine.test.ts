import { describe, expect, it } from 'vitest';
import { startEngine } from '../../../src/backends/tfjs/engine.ts';
import { ResourceError } from '../../../src/core/errors.ts';

describe('starting TensorFlow.js', () => {
  it('says how to install a package that is missing', async () => {
    const missing = startEngine('tfjs-wasm', 'wasm', () => Promise.reject(new Error("Cannot find package 'x'\nstack")));
    await expect(missing).rejects.toThrow(ResourceError);
    await expect(missing).rejects.toThrow(
      "backend tfjs-wasm cannot be loaded on this machine (Cannot find package 'x'); npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm",
    );
  });

  it('says when a backend does not start, and others start after it', async () => {
    const unknown = startEngine('tfjs-wasm', 'nonsense', async () => {});
    await expect(unknown).rejects.toThrow(ResourceError);
    await expect(unknown).rejects.toThrow('nonsense');
    const engine = await startEngine('tfjs-cpu', 'cpu', () => import('@tensorflow/tfjs-backend-cpu'));
    expect(engine.name).toBe('cpu');
  });
});

import { expect, it, vi } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { startTrainingEngine, TRAINING_ENGINES } from '../../src/training/engines.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';

it('starts what is asked for, and says which version ran', async () => {
  const engine = await startTrainingEngine('tfjs-wasm', 1);
  expect(engine).toMatchObject({ id: 'tfjs-wasm', threads: 1, version: expect.stringMatching(/^4\.\d+\.\d+$/) });
  expect(engine.because).toBeUndefined();
});

it.each(['tfjs-wasm', 'tfjs-cpu'] as const)('%s refuses more than its one thread', async (id) => {
  await expect(startTrainingEngine(id, 2)).rejects.toThrow(UsageError);
  await expect(startTrainingEngine(id, 2)).rejects.toThrow(`backend ${id} trains on one thread, not on 2`);
});

it('auto takes tfjs-wasm where tfjs-node does not load, and says why; asked for by name it fails', async () => {
  const missing = vi
    .spyOn(TRAINING_ENGINES['tfjs-node'], 'start')
    .mockRejectedValue(new ResourceError('backend tfjs-node cannot be loaded on this machine (it is not installed)'));
  try {
    const engine = await startTrainingEngine('auto', 1);
    expect(engine).toMatchObject({ id: 'tfjs-wasm', because: expect.stringContaining('it is not installed') });
    await expect(startTrainingEngine('tfjs-node', 1)).rejects.toThrow(ResourceError);
    // Threads that were asked for are not quietly left out.
    await expect(startTrainingEngine('auto', 2)).rejects.toThrow(UsageError);
  } finally {
    missing.mockRestore();
  }
});

it.skipIf(needsTfjsNode().skip)('auto takes tfjs-node where it is installed', async () => {
  const engine = await startTrainingEngine('auto', 1);
  expect(engine.id).toBe('tfjs-node');
  expect(engine.version).toContain('TensorFlow 2.');
});

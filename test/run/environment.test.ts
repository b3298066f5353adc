import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { captureEnvironment } from '../../src/run/environment.ts';

it('says what the machine was and how busy', () => {
  const environment = captureEnvironment(tmpdir());
  expect(environment.cores).toBeGreaterThan(0);
  expect(environment.node).toBe(process.versions.node);
  expect(environment.packages.sharp).toMatch(/^\d+\.\d+/);
  expect(Object.keys(environment.packages)).toEqual(
    expect.arrayContaining(['onnxruntime-web', '@tensorflow/tfjs-core']),
  );
  // Windows counts no load: then there is none, rather than 0.
  if (process.platform === 'win32') expect(environment).not.toHaveProperty('loadAverage1m');
  else expect(environment.loadAverage1m).toBeGreaterThanOrEqual(0);
});

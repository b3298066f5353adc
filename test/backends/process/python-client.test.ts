import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { processBackend } from '../../../src/backends/process/index.ts';
import { noise } from '../maps.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-python-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const manual = readFileSync(new URL('../../../docs/process-backend.md', import.meta.url), 'utf8');
const client = /```python\n([\s\S]*?)```/.exec(manual)?.[1] ?? '';
const has = (code: string) => spawnSync('python3', ['-c', code]).status === 0;

/** As much of numpy as the client touches, so that the protocol is tested where numpy is not installed. */
const NUMPY = `
import array
uint8, float32 = "uint8", "float32"
CODES = {"uint8": "B", "float32": "f"}
class Array:
    def __init__(self, data, shape, dtype): self.data, self.shape, self.dtype = data, shape, dtype
    def reshape(self, *shape): return Array(self.data, shape, self.dtype)
    def __getitem__(self, key): return Array(self.data[key[1]::3], self.shape[:2], self.dtype)
    def _map(self, f): return Array([f(v) for v in self.data], self.shape, self.dtype)
    def __floordiv__(self, n): return self._map(lambda v: v // n)
    def __truediv__(self, n): return self._map(lambda v: v / n)
    def __radd__(self, n): return self._map(lambda v: n + v)
    def tobytes(self): return array.array(CODES[self.dtype], self.data).tobytes()
def frombuffer(data, dtype): return Array(data, (len(data),), dtype)
def ascontiguousarray(a, dtype): return Array(a.data, a.shape, dtype)
`;

describe('the Python client of docs/process-backend.md', () => {
  it('is as short as it says', () => {
    expect(
      client
        .trim()
        .split('\n')
        .filter((line) => line.trim()).length,
    ).toBeLessThanOrEqual(25);
  });

  const python = has('import zlib');
  if (!python) console.log('SKIPPED: python3 is not installed, so the client of the manual is not run');
  const numpy = python && has('import numpy');
  if (python && !numpy) console.log('numpy is not installed: the client runs with a stand-in for it');

  it.skipIf(!python).each(numpy ? ['numpy', 'a stand-in for numpy'] : ['a stand-in for numpy'])(
    'answers, with %s',
    async (kind) => {
      const folder = mkdtempSync(join(work, 'client-'));
      // What a user's own code might print.
      writeFileSync(join(folder, 'client.py'), client.replace('return None', 'print("loading weights")'));
      if (kind !== 'numpy') writeFileSync(join(folder, 'numpy.py'), NUMPY);
      const options = processBackend.parseOptions({ command: ['python3', 'client.py'], cwd: folder, device: 'cpu' });
      const context = {
        tasks: ['segmentation', 'depth', 'normals'] as const,
        openTrain: () => Promise.reject(new Error()),
      };
      const predictor = await processBackend.open({ options, context });
      try {
        expect(predictor.tasks).toEqual(['segmentation', 'depth']);
        expect((predictor.card.options.program as { files: object }).files).toHaveProperty('client.py');
        for (const [height, width] of [
          [6, 8],
          [48, 64],
        ]) {
          const image = noise(height, width);
          const { maps } = await predictor.predict({ id: 'a', image: async () => image });
          const channel = (c: number) => Array.from({ length: height * width }, (_, i) => image.data[3 * i + c]);
          expect(maps.segmentation?.data).toEqual(Uint8Array.from(channel(0), (v) => v >> 6));
          expect(maps.depth?.data).toEqual(Float32Array.from(channel(1), (v) => 1 + v / 100));
        }
      } finally {
        await predictor.close();
      }
    },
  );
});

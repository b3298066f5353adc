import { describe, expect, it } from 'vitest';
import { onnxruntimeWeb } from '../../src/backends/onnxruntime-web.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { tinyOnnx } from './tiny-onnx.ts';

const model = { name: 'tiny.onnx', bytes: tinyOnnx({ height: 8, width: 8 }), sha256: '' };

/** The threads that WebAssembly starts while `work` runs. */
async function threadsOf<T>(work: () => Promise<T>): Promise<{ result: T; ended: () => number; started: number }> {
  let started = 0;
  let ended = 0;
  const count = (worker: import('node:worker_threads').Worker) => {
    started++;
    worker.once('exit', () => ended++);
  };
  process.on('worker', count);
  try {
    return { result: await work(), started, ended: () => ended };
  } finally {
    process.off('worker', count);
  }
}

describe('onnxruntime-web', () => {
  it.each([1, 2, 3])('runs on the %i threads that it was asked for, and ends them', async (threads) => {
    const { result, started, ended } = await threadsOf(() =>
      onnxruntimeWeb.open({ model, options: onnxruntimeWeb.parseOptions({ threads }) }),
    );
    expect(started).toBe(threads - 1);
    expect(result.card).toMatchObject({ threads, device: 'cpu' });
    const { depth } = await result.run({ image: { shape: [1, 3, 8, 8], data: new Float32Array(192).fill(1) } });
    expect(Array.from(depth.data)).toEqual([-2.25, -2.25, -2.25, -2.25]);
    await result.close();
    expect(ended()).toBe(threads - 1);
  });

  it('has sessions of different threads side by side', async () => {
    const sessions = await Promise.all(
      [2, 1].map((threads) => onnxruntimeWeb.open({ model, options: onnxruntimeWeb.parseOptions({ threads }) })),
    );
    const image = { shape: [1, 3, 8, 8], data: new Float32Array(192).fill(1) };
    const [a, b] = await Promise.all(sessions.map((session) => session.run({ image })));
    expect(a).toEqual(b);
    for (const session of sessions) await session.close();
  });

  it('names a damaged model and a wrong input', async () => {
    const options = onnxruntimeWeb.parseOptions({});
    const damaged = { ...model, bytes: model.bytes.subarray(0, 90) };
    await expect(onnxruntimeWeb.open({ model: damaged, options })).rejects.toThrow(ResourceError);
    await expect(onnxruntimeWeb.open({ model: damaged, options })).rejects.toThrow('tiny.onnx: onnxruntime-web');
    const session = await onnxruntimeWeb.open({ model, options });
    const image = { shape: [1, 3, 9, 8], data: new Float32Array(216) };
    await expect(session.run({ image })).rejects.toThrow('tiny.onnx: onnxruntime-web could not run it');
    await session.close();
  });

  it('cannot be told to leave SIMD out, for there is no such build', () => {
    expect(() => onnxruntimeWeb.parseOptions({ simd: false })).toThrow('unknown option "simd"');
  });
});

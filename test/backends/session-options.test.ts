import { beforeEach, describe, expect, it, vi } from 'vitest';
import { onnxruntimeNode } from '../../src/backends/onnxruntime-node.ts';

/** Devices that this machine lacks cannot be opened here; what the binding is asked for can be looked at everywhere. */
const { create, loadable } = vi.hoisted(() => ({ create: vi.fn(), loadable: { devices: ['cpu'] } }));
vi.mock('onnxruntime-node', () => ({
  env: { versions: { node: '0.0.0' }, logLevel: '' },
  Tensor: class {},
  InferenceSession: { create },
}));

beforeEach(() => {
  create.mockReset();
  loadable.devices = ['cpu'];
  create.mockImplementation(async (_bytes: Uint8Array, { executionProviders }: { executionProviders: string[] }) => {
    if (!executionProviders.every((device) => loadable.devices.includes(device))) throw new Error('no such\n library');
    return { inputMetadata: [], outputMetadata: [], outputNames: [], release: async () => {} };
  });
});

const model = { name: 'm.onnx', bytes: new Uint8Array(1), sha256: 'abc' };
const open = (options: object) => onnxruntimeNode.open({ model, options: onnxruntimeNode.parseOptions(options) });
const asked = (call = 0) => create.mock.calls[call][1];

describe('what the binding is asked for', () => {
  it('is one thread on the CPU, everything optimised', async () => {
    await open({});
    expect(asked()).toMatchObject({
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  });

  it('follows the options', async () => {
    const { card } = await open({ threads: 3, spinning: true, optimisation: 'basic' });
    expect(asked()).toMatchObject({
      intraOpNumThreads: 3,
      graphOptimizationLevel: 'basic',
      extra: { session: { intra_op: { allow_spinning: '1' } } },
    });
    expect(card).toMatchObject({ threads: 3, device: 'cpu', weightsSha256: 'abc' });
  });

  it('is the device alone, with nothing moved to the CPU', async () => {
    loadable.devices = ['cpu', 'cuda'];
    const { card } = await open({ device: 'cuda' });
    expect(create).toHaveBeenCalledTimes(1);
    expect(asked().executionProviders).toEqual(['cuda']);
    expect(asked().extra.session.disable_cpu_ep_fallback).toBe('1');
    expect(card.device).toBe('cuda');
  });

  it('tells a device that is not there from a model that is damaged', async () => {
    await expect(open({ device: 'cuda' })).rejects.toThrow(
      'm.onnx: onnxruntime-node cannot run it on device "cuda" here (no such library)',
    );
    loadable.devices = [];
    await expect(open({ device: 'cuda' })).rejects.toThrow('m.onnx: onnxruntime-node cannot load this model (1 bytes)');
  });
});

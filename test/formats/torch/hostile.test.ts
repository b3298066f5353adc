import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../../src/core/errors.ts';
import { decodeCheckpoint } from '../../../src/formats/torch/index.ts';
import { bytesOf, dict, global, int, legacy, PROTO, tensor, text, tuple, uint32 } from '../../helpers/torch-save.ts';

const ones = new Uint8Array(Float32Array.from({ length: 6 }, (_, i) => i + 1).buffer);
const STORED = { keys: ['0'], storages: [{ count: 6, bytes: ones }] };

const read = (bytes: Uint8Array) => {
  const checkpoint = decodeCheckpoint(bytes, 'made.pth');
  for (const { tensors } of checkpoint.groups) for (const one of tensors.values()) one.values();
  return checkpoint;
};
const refusal = (bytes: Uint8Array): string => {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ResourceError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
};
const view = (options: Partial<Parameters<typeof tensor>[0]>) =>
  tensor({ elements: 6, shape: [6], stride: [1], ...options });

describe('a checkpoint made by hand', () => {
  it('is read, with a view', () => {
    const bytes = legacy({ object: dict({ w: view({ shape: [2, 2], stride: [1, 3], offset: 1 }) }), ...STORED });
    const [{ path, tensors }] = read(bytes).groups;
    expect(path).toBe('');
    expect(Array.from(tensors.get('w')!.values() as Float32Array)).toEqual([2, 5, 3, 6]);
  });

  it.each([
    ['end', { offset: 1 }, /offset 1 reaches element 7 of a storage of 6/],
    ['stride', { shape: [2, 2], stride: [5, 1] }, /reaches element 7 of a storage of 6/],
    ['size', { shape: [2 ** 30, 2 ** 30], stride: [0, 0] }, /reaches element 1 of a storage of 6/],
    ['repeats', { shape: [2 ** 30], stride: [0] }, /claim 1073741824 elements of 6 stored ones/],
    ['negative', { shape: [-1], stride: [1] }, /sizes are not counts/],
    ['backwards', { shape: [2], stride: [-1], offset: 1 }, /strides are not counts/],
    ['ranks', { shape: [2], stride: [] }, /1 sizes and 0 strides/],
    ['axes', { shape: Array(65).fill(1), stride: Array(65).fill(1) }, /65 axes/],
  ])('whose tensor leaves its storage is refused: %s', (_, options, message) => {
    expect(refusal(legacy({ object: dict({ w: view(options) }), ...STORED }))).toMatch(message);
  });

  it('whose counts do not agree is refused before memory is taken', () => {
    const object = dict({ w: view({}) });
    const storages = (count: number, bytes = ones) => ({ keys: ['0'], storages: [{ count, bytes }] });
    expect(refusal(legacy({ object, ...storages(7) }))).toMatch(/has 7 elements, its tensors expect 6/);
    expect(refusal(legacy({ object, ...storages(6, ones.subarray(1)) }))).toMatch(
      /truncated: 32 bytes are needed, 31 are left/,
    );
    expect(refusal(legacy({ object, keys: ['1'], storages: STORED.storages }))).toMatch(
      /storage "1" .*belongs to no tensor/,
    );
    expect(refusal(legacy({ object }))).toMatch(/no storage "0"/);
    const huge = dict({ w: view({ elements: 2 ** 31 - 1 }) });
    expect(refusal(legacy({ object: huge, ...STORED }))).toMatch(/truncated: 8589934596 bytes are needed/);
    const twice = dict({ a: view({}), b: view({ elements: 5, shape: [5] }) });
    expect(refusal(legacy({ object: twice, ...STORED }))).toMatch(
      /storage 0 is 5 of float32 here and 6 of float32 before/,
    );
  });

  it.each([
    [
      'os.system',
      [global('os', 'system'), tuple(text('true')), 'R'],
      /byte \d+: GLOBAL os\.system is not on the allow list/,
    ],
    ['eval', [global('builtins', 'eval'), tuple(text('1')), 'R'], /GLOBAL builtins\.eval/],
    ['a prototype', [global('__proto__', 'x'), ')', 'R'], /GLOBAL __proto__\.x/],
    ['a constructor', [global('', 'constructor'), ')', 'R'], /GLOBAL \.constructor/],
    ['a module', [global('models', 'Net'), ')', 0x81], /GLOBAL models\.Net.*state_dict\(\)/],
    ['by stack', [text('posix'), text('getpid'), 0x93, ')', 'R'], /GLOBAL posix\.getpid/],
    ['with escapes', [global('a\u001b[2J', 'b'), ')', 'R'], /GLOBAL a\\u001b\[2J\.b/],
    ['a dtype called', [global('torch', 'float32'), ')', 'R'], /applies torch\.float32, which is no function/],
    ['a persistent id', [text('x'), 'Q'], /a reference that is no storage/],
    ['state of a number', [int(1), dict({}), 'b'], /sets the state of 1/],
    ['an extension', [0x82, 1], /opcode 0x82 is not read/],
    ['an instance', ['(', 'i', 'os\nsystem\n'], /opcode 0x69 is not read/],
    ['text protocol', ['P', 'x\n'], /opcode 0x50 is not read/],
    ['a memo that is empty', ['h', 9], /value 9 of the memo/],
    ['an empty stack', ['R'], /takes a value where there is none/],
    ['no mark', ['t'], /takes a mark where there is none/],
    ['below a mark', [int(1), '(', '0'], /takes a value where there is none/],
    ['an odd dict', ['}', '(', int(1), 'u'], /a key without a value/],
    ['protocol 9', [0x80, 9], /pickle protocol 9/],
    ['a long integer', [0x8b, uint32(2 ** 20), Buffer.alloc(2 ** 20)], /an integer of 1048576 bytes/],
    ['a long string', ['X', uint32(2 ** 31), 'abc'], /truncated: 2147483648 bytes are needed/],
    ['not UTF-8', ['X', uint32(2), Buffer.of(0xc3, 0x28)], /not UTF-8/],
  ])('that does something else is refused: %s', (_, parts, message) => {
    expect(refusal(legacy({ object: parts as never }))).toMatch(message);
  });

  it('is not a pickle of another kind, version or machine', () => {
    expect(refusal(bytesOf(PROTO, int(5), '.'))).toMatch(/a pickle of 5 instead of the magic number/);
    expect(refusal(legacy({ object: dict({}), version: 1002 }))).toMatch(/container version 1002/);
    expect(refusal(legacy({ object: dict({}), littleEndian: false }))).toMatch(/little-endian/);
  });

  it('that grows without end is refused: stack, marks, copies', () => {
    const object = (...parts: (number | string | Uint8Array)[]) => refusal(legacy({ object: parts }));
    expect(object(Buffer.alloc(1_100_000, 'N'))).toMatch(/more than 1000000 values on the stack/);
    expect(object(Buffer.alloc(1_100_000, '('))).toMatch(/more than 1000000 marks/);
    const pairs = bytesOf(']', '(', ...Array.from({ length: 10_000 }, () => tuple(int(1), int(2))), 'e', 0x85, 'q', 1);
    const ordered = bytesOf(global('collections', 'OrderedDict'), 'q', 0);
    const again = Buffer.concat(Array.from({ length: 1000 }, () => bytesOf('h', 0, 'h', 1, 'R')));
    expect(object(ordered, pairs, again)).toMatch(/copies more than 2000000 elements/);
  });

  it('that contains itself, or is nested deeply, ends', () => {
    const loop = legacy({ object: ['}', 'q', 0, '(', text('self'), 'h', 0, text('w'), view({}), 'u'], ...STORED });
    expect(read(loop).groups.map(({ path }) => path)).toEqual(['']);
    const deep = legacy({ object: [Buffer.alloc(200_000, ']'), Buffer.alloc(199_999, 'a')] });
    expect(read(deep).groups).toEqual([]);
  });

  it('names what it gives: every group of tensors, tied weights once', () => {
    const object = dict({
      model: dict({ a: view({}), b: view({}) }),
      optimizer: dict({ state: dict({ m: view({}) }) }),
    });
    const { groups } = read(legacy({ object, ...STORED }));
    expect(groups.map(({ path, tensors }) => [path, [...tensors.keys()]])).toEqual([
      ['model', ['a', 'b']],
      ['optimizer/state', ['m']],
    ]);
    const [{ tensors }] = groups;
    expect(tensors.get('a')!.identity).toBe(tensors.get('b')!.identity);
  });
});

/** Pickles made by hand, opcode by opcode (CPython, Lib/pickletools.py), so that any checkpoint can be written. */
type Part = number | string | Uint8Array | Part[];

/** Opcodes as bytes or characters; text goes in as it is. */
export function bytesOf(...parts: Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      if (typeof part === 'string') return Buffer.from(part);
      return part instanceof Uint8Array ? Buffer.from(part) : bytesOf(...part);
    }),
  );
}

export const PROTO = [0x80, 2];
export const STOP = '.';

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export const text = (value: string): Part => ['X', uint32(Buffer.byteLength(value)), value];
export const int = (value: number): Part => ['J', uint32(value)];
export const tuple = (...items: Part[]): Part => ['(', ...items, 't'];
export const global = (module: string, name: string): Part => ['c', module, '\n', name, '\n'];
export const dict = (items: Readonly<Record<string, Part>>): Part => [
  '}',
  '(',
  ...Object.entries(items).flatMap(([key, value]) => [text(key), value]),
  'u',
];

export interface ViewOptions {
  readonly key?: string;
  readonly type?: string;
  /** Of the storage. */
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

export const tensor = ({
  key = '0',
  type = 'FloatStorage',
  elements,
  offset = 0,
  shape,
  stride,
}: ViewOptions): Part => [
  global('torch._utils', '_rebuild_tensor_v2'),
  tuple(
    [tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(elements)), 'Q'],
    int(offset),
    tuple(...shape.map(int)),
    tuple(...stride.map(int)),
    0x89,
    [global('collections', 'OrderedDict'), ')', 'R'],
  ),
  'R',
];

const MAGIC = [0x8a, 10, Buffer.from('6cfc9c46f9206aa85019', 'hex')];

export interface LegacyOptions {
  /** The object: everything between its PROTO and its STOP. */
  readonly object: Part;
  readonly keys?: readonly string[];
  readonly storages?: readonly { readonly count: number; readonly bytes: Uint8Array }[];
  readonly littleEndian?: boolean;
  readonly version?: number;
}

/** The container before torch 1.6. */
export function legacy({
  object,
  keys = [],
  storages = [],
  littleEndian = true,
  version = 1001,
}: LegacyOptions): Buffer {
  const pickle = (...parts: Part[]): Part => [PROTO, ...parts, STOP];
  return bytesOf(
    pickle(MAGIC),
    pickle('M', version & 255, version >> 8),
    pickle(dict({ little_endian: littleEndian ? 0x88 : 0x89 })),
    pickle(object),
    pickle(']', '(', ...keys.map(text), 'e'),
    ...storages.map(({ count, bytes }): Part => {
      const head = Buffer.alloc(8);
      head.writeBigInt64LE(BigInt(count));
      return [head, bytes];
    }),
  );
}

/** A wrapped state dict of contiguous float32 tensors. */
export function savedLegacy(tensors: Readonly<Record<string, { shape: number[]; values: Float32Array }>>): Buffer {
  const entries = Object.entries(tensors);
  const strides = (shape: readonly number[]) =>
    shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return legacy({
    object: dict({
      state_dict: dict(
        Object.fromEntries(
          entries.map(([name, { shape, values }], i) => [
            name,
            tensor({ key: String(i), elements: values.length, shape, stride: strides(shape) }),
          ]),
        ),
      ),
    }),
    keys: entries.map((_, i) => String(i)),
    storages: entries.map(([, { values }]) => ({ count: values.length, bytes: new Uint8Array(values.buffer) })),
  });
}

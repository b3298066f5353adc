import type { PickleMachine } from './pickle.ts';
import { describe, type Value } from './values.ts';

const MAX_PROTOCOL = 5;
/** Hashes and random states are the longest integers that are stored. */
const MAX_INTEGER_BYTES = 256;

type Opcode = (machine: PickleMachine) => void;

/** The opcodes of protocols 2 to 5 (CPython, Lib/pickletools.py) that make plain data, by their byte. */
export const OPCODES: readonly (Opcode | undefined)[] = byCode({
  // Frame of the pickle.
  128: (m) => {
    const version = m.reader.uint8();
    if (version > MAX_PROTOCOL) m.refuse(`pickle protocol ${version}; up to ${MAX_PROTOCOL} are read`);
  },
  149: (m) => void m.reader.uint64(), // FRAME: a hint for readers that stream
  '.': (m) => {
    m.isDone = true;
  },
  // The stack and the memo.
  '(': (m) => m.mark(),
  '0': (m) => void m.pop(),
  '1': (m) => void m.popToMark(),
  '2': (m) => m.push(m.top()),
  h: (m) => m.get(m.reader.uint8()),
  j: (m) => m.get(m.reader.uint32()),
  q: (m) => m.put(m.reader.uint8()),
  r: (m) => m.put(m.reader.uint32()),
  148: (m) => m.memoize(),
  // Scalars.
  N: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  K: (m) => m.push(m.reader.uint8()),
  M: (m) => m.push(m.reader.uint16()),
  J: (m) => m.push(m.reader.int32()),
  138: (m) => m.push(integer(m, m.reader.uint8())),
  139: (m) => m.push(integer(m, m.reader.uint32())),
  G: (m) => m.push(m.reader.float64()),
  // Text and bytes.
  U: (m) => m.push(m.reader.byteText(m.reader.uint8())),
  T: (m) => m.push(m.reader.byteText(m.reader.uint32())),
  X: (m) => m.push(m.reader.text(m.reader.uint32())),
  140: (m) => m.push(m.reader.text(m.reader.uint8())),
  141: (m) => m.push(m.reader.text(m.reader.uint64())),
  B: (m) => m.push(m.reader.bytes(m.reader.uint32())),
  C: (m) => m.push(m.reader.bytes(m.reader.uint8())),
  142: (m) => m.push(m.reader.bytes(m.reader.uint64())),
  150: (m) => m.push(m.reader.bytes(m.reader.uint64())),
  // Lists and tuples.
  ']': (m) => m.push([]),
  l: (m) => m.push(m.popToMark()),
  a: (m) => append(m, [m.pop()]),
  e: (m) => append(m, m.popToMark()),
  ')': (m) => m.push(tuple([])),
  t: (m) => m.push(tuple(m.popToMark())),
  133: (m) => m.push(tuple(last(m, 1))),
  134: (m) => m.push(tuple(last(m, 2))),
  135: (m) => m.push(tuple(last(m, 3))),
  // Dicts and sets.
  '}': (m) => m.push(new Map()),
  d: (m) => {
    const pairs = m.popToMark();
    m.push(new Map());
    setItems(m, pairs);
  },
  s: (m) => setItems(m, last(m, 2)),
  u: (m) => setItems(m, m.popToMark()),
  143: (m) => m.push({ kind: 'inert', name: 'set' }),
  144: (m) => void m.popToMark(),
  145: (m) => {
    m.popToMark();
    m.push({ kind: 'inert', name: 'frozenset' });
  },
  // Globals: named, looked up in the allow list, applied.
  c: (m) => m.global(m.reader.line(), m.reader.line()),
  147: (m) => {
    const [module, name] = last(m, 2);
    m.global(module, name);
  },
  Q: (m) => m.persistent(),
  R: (m) => m.reduce(),
  129: (m) => m.reduce(),
  b: (m) => m.build(),
});

/** Keys are the byte or its ASCII character; a digit in quotes is a character. */
function byCode(table: Readonly<Record<string | number, Opcode>>): (Opcode | undefined)[] {
  const list = Array<Opcode | undefined>(256);
  for (const [key, opcode] of Object.entries(table)) list[key.length === 1 ? key.charCodeAt(0) : Number(key)] = opcode;
  return list;
}

const tuple = (items: readonly Value[]): Value => ({ kind: 'tuple', items });

function last(m: PickleMachine, count: number): Value[] {
  const items = Array.from({ length: count }, () => m.pop());
  return items.reverse();
}

function append(m: PickleMachine, items: readonly Value[]): void {
  const list = m.top();
  if (!Array.isArray(list)) m.refuse(`appends to ${describe(list)}`);
  for (const item of items) list.push(item);
}

function setItems(m: PickleMachine, pairs: readonly Value[]): void {
  const dict = m.top();
  if (!(dict instanceof Map)) m.refuse(`sets an item of ${describe(dict)}`);
  if (pairs.length % 2) m.refuse('sets a key without a value');
  for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i], pairs[i + 1]);
}

/** Two's complement, little-endian; a number where it is exact. */
function integer(m: PickleMachine, length: number): Value {
  if (length > MAX_INTEGER_BYTES) m.refuse(`an integer of ${length} bytes`);
  const bytes = m.reader.bytes(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  value = BigInt.asIntN(8 * length, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

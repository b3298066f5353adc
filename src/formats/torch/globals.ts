import { rebuildTensor } from './rebuild.ts';
import { type Dtype, describe, type Hand, isKind, type PickleFunction, type Value } from './values.ts';

const STORAGES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const FUNCTIONS: Readonly<Record<string, PickleFunction['call']>> = {
  'collections.OrderedDict': orderedDict,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([data], hand) =>
    data !== undefined && isKind(data, 'tensor') ? data : hand.refuse('a parameter without a tensor'),
  'torch.Size': ([sizes], hand) =>
    sizes !== undefined && isKind(sizes, 'tuple') ? sizes : hand.refuse('a torch.Size of something else than a tuple'),
  '_codecs.encode': encode,
};

/** Made of data alone and never looked into: what training loops store beside the weights. */
const INERT = [
  'builtins.set',
  '__builtin__.set',
  'builtins.frozenset',
  '__builtin__.frozenset',
  'builtins.complex',
  '__builtin__.complex',
  'builtins.slice',
  'torch.device',
  'argparse.Namespace',
  'datetime.datetime',
  'datetime.timedelta',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
];

const DTYPE_NAMES = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'complex64',
  'complex128',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
];

const ALLOWED = new Map<string, Value>([
  ...Object.entries(STORAGES).map(([name, dtype]): [string, Value] => [
    `torch.${name}`,
    { kind: 'storage type', dtype },
  ]),
  ...Object.entries(FUNCTIONS).map(([name, call]): [string, Value] => [name, { kind: 'function', name, call }]),
  ...INERT.map((name): [string, Value] => [name, { kind: 'function', name, call: () => ({ kind: 'inert', name }) }]),
  ...DTYPE_NAMES.map((name): [string, Value] => [`torch.${name}`, { kind: 'inert', name: `torch.${name}` }]),
]);

/** The globals that a checkpoint may name; any other is refused by its name. */
export function allowedGlobal(module: string, name: string, hand: Hand): Value {
  const value = ALLOWED.get(`${module}.${name}`);
  if (value !== undefined) return value;
  return hand.refuse(`GLOBAL ${shortened(`${module}.${name}`)} is not on the allow list`);
}

const MAX_SHOWN = 100;
/** Names come from the file: bounded, and without control characters. */
const shortened = (text: string): string => JSON.stringify(text.slice(0, MAX_SHOWN)).slice(1, -1);

/** Python 3 gives no argument or a dict's items later; Python 2 a list of [key, value] lists. */
function orderedDict([pairs]: readonly Value[], hand: Hand): Value {
  const dict = new Map<Value, Value>();
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs)) return hand.refuse(`an OrderedDict of ${describe(pairs)}`);
  hand.spend(pairs.length);
  for (const pair of pairs) {
    const items = Array.isArray(pair) ? pair : isKind(pair, 'tuple') ? pair.items : [];
    if (items.length !== 2) return hand.refuse(`an OrderedDict with the item ${describe(pair)}`);
    dict.set(items[0], items[1]);
  }
  return dict;
}

/** How protocol 2 of Python 3 writes bytes: text of their values, to be encoded as latin1. */
function encode([text, encoding]: readonly Value[], hand: Hand): Value {
  if (typeof text !== 'string' || encoding !== 'latin1')
    return hand.refuse('_codecs.encode of something else than bytes as latin1');
  hand.spend(text.length / 16);
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}

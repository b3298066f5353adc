/** What a pickle of a checkpoint may hold, as plain data. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Dict
  | Tuple
  | PickleFunction
  | StorageType
  | StorageRef
  | TensorView
  | Inert;

export interface Dict extends Map<Value, Value> {}

export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
}

/** A global of the allow list that a pickle may apply: it makes a value of ours and does nothing else. */
export interface PickleFunction {
  readonly kind: 'function';
  readonly name: string;
  call(args: readonly Value[], hand: Hand): Value;
}

/** What a function of the allow list may do besides giving a value. */
export interface Hand {
  /** @throws ResourceError naming the place. */
  refuse(what: string): never;
  /** Counts what is copied; a pickle that copies the same thing again and again is refused. */
  spend(elements: number): void;
}

export interface StorageType {
  readonly kind: 'storage type';
  readonly dtype: Dtype;
}

export const DTYPES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;
/** Element types, with the bytes of one element in DTYPES. */
export type Dtype = keyof typeof DTYPES;

/** A run of elements of one type; its bytes lie elsewhere in the file, under `key`. */
export interface StorageRef {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: Dtype;
  readonly elements: number;
}

/** A view of a storage, all counts in elements. */
export interface TensorView {
  readonly kind: 'tensor';
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Of a type that checkpoints carry along and nobody here needs (a set, a NumPy scalar): named, and not looked into. */
export interface Inert {
  readonly kind: 'inert';
  readonly name: string;
}

export const isKind = <K extends string>(value: Value, kind: K): value is Extract<Value, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

/** What a value is, for messages: bounded, whatever the value. */
export function describe(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (typeof value === 'bigint') return 'a long integer';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value.kind === 'tuple') return `a tuple of ${value.items.length}`;
  return 'name' in value ? value.name : `a ${value.kind}`;
}

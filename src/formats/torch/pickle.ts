import { OPCODES } from './opcodes.ts';
import { PickleReader, type PickleSource } from './pickle-reader.ts';
import { describe, type Hand, isKind, type Value } from './values.ts';

/** Above any checkpoint (three values a tensor lie on the stack at once), below what fills the memory. */
const MAX_STACK = 1_000_000;
const MAX_MEMO = 2_000_000;
/** Copies beyond what the file itself holds: an OrderedDict made of a list copies it. */
const MAX_COPIED = 2_000_000;

/**
 * One pickle, as far as its STOP. Nothing is executed and nothing imported: a pickle is a program for a stack machine,
 * and of its instructions those are followed that make plain data, of its globals those that `source` knows.
 * @returns the value and the offset behind the pickle
 * @throws ResourceError from `source.refuse`: damage, other opcodes, other globals, too much of anything.
 */
export function readPickle(source: PickleSource, start = 0): { value: Value; end: number } {
  const machine: PickleMachine = new PickleMachine(source, start);
  while (!machine.isDone) {
    machine.opcodeAt = machine.reader.at;
    const code = machine.reader.uint8();
    const opcode = OPCODES[code];
    if (!opcode)
      machine.refuse(
        `the pickle opcode 0x${code.toString(16).padStart(2, '0')} is not read (protocols 2 to 5, plain data)`,
      );
    opcode(machine);
  }
  return { value: machine.pop(), end: machine.reader.at };
}

/** The stack, the marks on it, and the memo. */
export class PickleMachine implements Hand {
  isDone = false;
  opcodeAt = 0;
  readonly reader: PickleReader;
  readonly #source: PickleSource;
  readonly #stack: Value[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #copied = 0;

  constructor(source: PickleSource, start: number) {
    this.#source = source;
    this.reader = new PickleReader(source, start);
  }

  refuse(what: string): never {
    return this.#source.refuse(what, this.opcodeAt);
  }

  spend(elements: number): void {
    this.#copied += elements;
    if (this.#copied > MAX_COPIED) this.refuse(`copies more than ${MAX_COPIED} elements`);
  }

  push(value: Value): void {
    if (this.#stack.length >= MAX_STACK) this.refuse(`more than ${MAX_STACK} values on the stack`);
    this.#stack.push(value);
  }

  /** The topmost value above the last mark. */
  pop(): Value {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): Value {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.refuse('takes a value where there is none');
    return this.#stack[this.#stack.length - 1];
  }

  mark(): void {
    if (this.#marks.length >= MAX_STACK) this.refuse(`more than ${MAX_STACK} marks`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark, and the mark with it. */
  popToMark(): Value[] {
    const from = this.#marks.pop();
    return from === undefined ? this.refuse('takes a mark where there is none') : this.#stack.splice(from);
  }

  put(index: number): void {
    if (this.#memo.size >= MAX_MEMO) this.refuse(`more than ${MAX_MEMO} values in the memo`);
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.refuse(`takes value ${index} of the memo, which is not there`);
    else this.push(value);
  }

  global(module: Value, name: Value): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      this.refuse('names a global by something else than text');
    else this.push(this.#source.global(module, name, this));
  }

  persistent(): void {
    this.push(this.#source.persistent(this.pop(), this));
  }

  /** Applies a function of the allow list. */
  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isKind(args, 'tuple')) this.refuse(`applies ${describe(callee)} to ${describe(args)}`);
    if (!isKind(callee, 'function')) this.refuse(`applies ${describe(callee)}, which is no function`);
    this.push(callee.call(args.items, this));
  }

  /** State of an object: what hangs on a dict (_metadata of a state dict) or on an inert value is not needed. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (!(target instanceof Map) && !isKind(target, 'inert'))
      this.refuse(`sets the state of ${describe(target)} (to ${describe(state)})`);
  }
}

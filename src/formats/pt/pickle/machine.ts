/** The stack, the marks on it and the memo that a pickle's opcodes work on, in bounded memory. */

import type { Arguments } from './arguments.js';
import { PickleFault, TENSORS_ALONE } from './fault.js';
import type { Container, Name, Value } from './values.js';

/** Memory that the values of a pickle may take, as far as it is foreseen: that of some 40,000 tensors. */
const MAX_MEMORY = 1 << 26;
/** What things take of it, bytes. */
const COST = { place: 16, value: 80, memo: 48, character: 2 } as const;

/** What names and persistent ids stand for. */
export interface Meanings {
  /** What a persistent id names. */
  persistent(id: Value): Value;
  /** What a call gives. */
  call(callee: Name, args: Container): Value;
  /** An object of a class, before it has attributes. */
  make(type: Name, args: Container): Value;
}

/** The state of a pickle that is being read. */
export class Machine {
  readonly #stack: Value[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #memory = 0;
  /** The value that the pickle is, once it has ended. */
  result: { readonly value: Value } | undefined;

  constructor(
    readonly args: Arguments,
    readonly meanings: Meanings,
  ) {}

  push(value: Value): void {
    this.#take(COST.place);
    this.#stack.push(value);
  }

  /** Puts a new object on the stack. */
  pushNew(value: Value): void {
    this.#take(COST.value);
    this.push(value);
  }

  /** Puts `length` bytes of text that follow on the stack. */
  pushText(length: number): void {
    const text = this.args.text(length);
    this.#take(COST.value + COST.character * text.length);
    this.push(text);
  }

  pop(): Value {
    if (this.#stack.length <= this.#bottom) throw underflow();
    return this.#stack.pop()!;
  }

  top(): Value {
    if (this.#stack.length <= this.#bottom) throw underflow();
    return this.#stack[this.#stack.length - 1]!;
  }

  /** The last `count` values, the deepest first. */
  popLast(count: number): Value[] {
    if (this.#stack.length - count < this.#bottom) throw underflow();
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    this.#take(COST.place);
    this.#marks.push(this.#stack.length);
  }

  /** What lies above the last mark, which goes with it. */
  popToMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleFault('no mark on the stack');
    return this.#stack.splice(mark);
  }

  /** Makes room for `count` values in a container. */
  reserve(count: number): void {
    this.#take(count * COST.place);
  }

  /** Drops what is on top: a value or a mark. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** Keeps what is on top under a number; the next one where none is given. */
  remember(index = this.#memo.size): void {
    this.#take(COST.memo);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw new PickleFault(`no value is kept under ${index}`);
    this.push(this.#memo.get(index)!);
  }

  get #bottom(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #take(bytes: number): void {
    this.#memory += bytes;
    if (this.#memory > MAX_MEMORY) throw new PickleFault('more values than there is room for', TENSORS_ALONE);
  }
}

const underflow = (): PickleFault => new PickleFault('too little on the stack');

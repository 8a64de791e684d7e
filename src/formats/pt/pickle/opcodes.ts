/** The opcodes that torch writes, of protocols 1 to 5. What is not in the table is not done. */

import { shownText } from '../../../text.js';
import { narrowed } from './arguments.js';
import { PickleFault, TENSORS_ALONE } from './fault.js';
import type { Machine } from './machine.js';
import { Container, type ContainerKind, Float, Name, Opaque, type Value } from './values.js';

type Operation = (machine: Machine) => void;

const MAX_PROTOCOL = 5;
/** Characters of a module and a name in it. */
const MAX_NAME = 4096;

/** Operation by opcode. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>(
  Object.entries<Operation>({
    // What stands before and behind.
    '\x80': protocol,
    '\x95': frame,
    '.': (m) => {
      m.result = { value: m.pop() };
    },
    // The stack and the memo.
    '(': (m) => m.mark(),
    '0': (m) => m.drop(),
    '1': (m) => void m.popToMark(),
    '2': (m) => m.push(m.top()),
    p: (m) => m.remember(index(m)),
    q: (m) => m.remember(m.args.uint8()),
    r: (m) => m.remember(m.args.uint32()),
    '\x94': (m) => m.remember(),
    g: (m) => m.recall(index(m)),
    h: (m) => m.recall(m.args.uint8()),
    j: (m) => m.recall(m.args.uint32()),
    // Plain values.
    N: (m) => m.push(null),
    '\x88': (m) => m.push(true),
    '\x89': (m) => m.push(false),
    I: (m) => m.push(textInteger(m.args.line(), true)),
    L: (m) => m.pushNew(textInteger(m.args.line().replace(/L$/, ''), false)),
    J: (m) => m.push(m.args.int32()),
    K: (m) => m.push(m.args.uint8()),
    M: (m) => m.push(m.args.uint16()),
    '\x8a': (m) => m.pushNew(m.args.integer(m.args.uint8())),
    '\x8b': (m) => m.pushNew(m.args.integer(m.args.int32())),
    G: (m) => m.pushNew(new Float(m.args.float64())),
    T: (m) => m.pushText(m.args.uint32()),
    U: (m) => m.pushText(m.args.uint8()),
    X: (m) => m.pushText(m.args.uint32()),
    '\x8c': (m) => m.pushText(m.args.uint8()),
    '\x8d': (m) => m.pushText(m.args.uint64()),
    B: (m) => bytes(m, m.args.uint32()),
    C: (m) => bytes(m, m.args.uint8()),
    '\x8e': (m) => bytes(m, m.args.uint64()),
    '\x96': (m) => bytes(m, m.args.uint64()),
    // Containers.
    ']': (m) => m.pushNew(new Container('list')),
    l: (m) => m.pushNew(new Container('list', m.popToMark())),
    a: (m) => append(m, [m.pop()], 'list'),
    e: (m) => append(m, m.popToMark(), 'list'),
    ')': (m) => m.pushNew(new Container('tuple')),
    t: (m) => m.pushNew(new Container('tuple', m.popToMark())),
    '\x85': (m) => m.pushNew(new Container('tuple', m.popLast(1))),
    '\x86': (m) => m.pushNew(new Container('tuple', m.popLast(2))),
    '\x87': (m) => m.pushNew(new Container('tuple', m.popLast(3))),
    '}': (m) => m.pushNew(new Container('dict')),
    d: (m) => {
      const entries = m.popToMark();
      m.pushNew(new Container('dict'));
      set(m, entries);
    },
    s: (m) => {
      const value = m.pop();
      set(m, [m.pop(), value]);
    },
    u: (m) => set(m, m.popToMark()),
    '\x8f': (m) => m.pushNew(new Container('set')),
    '\x91': (m) => m.pushNew(new Container('set', m.popToMark())),
    '\x90': (m) => append(m, m.popToMark(), 'set'),
    // Names, and what they make.
    c: (m) => m.pushNew(new Name(m.args.line(), m.args.line())),
    '\x93': stackGlobal,
    Q: (m) => {
      const id = m.pop();
      look(m, id);
      m.pushNew(m.meanings.persistent(id));
    },
    R: reduce,
    '\x81': newObject,
    b: build,
  }).map(([opcode, operation]) => [opcode.charCodeAt(0), operation]),
);

/** Why the other opcodes are not in the table. */
const REFUSED: { readonly [opcode: string]: string } = {
  i: 'INST, which calls a name',
  o: 'OBJ, which calls a name',
  P: 'PERSID, which torch does not write',
  V: 'UNICODE of protocol 0, which torch does not write',
  S: 'STRING of protocol 0, which torch does not write',
  F: 'FLOAT of protocol 0, which torch does not write',
  '\x82': 'EXT1, which calls what is registered elsewhere',
  '\x83': 'EXT2, which calls what is registered elsewhere',
  '\x84': 'EXT4, which calls what is registered elsewhere',
  '\x92': 'NEWOBJ_EX, which makes an object with named arguments',
  '\x97': 'NEXT_BUFFER, whose bytes are elsewhere',
  '\x98': 'READONLY_BUFFER, whose bytes are elsewhere',
};

/** Does what an opcode says. */
export function execute(opcode: number, machine: Machine): void {
  const operation = OPERATIONS.get(opcode);
  if (operation) {
    operation(machine);
    return;
  }
  const known = REFUSED[String.fromCharCode(opcode)];
  if (known === undefined) throw new PickleFault(`0x${opcode.toString(16).padStart(2, '0')} is no opcode`);
  throw new PickleFault(`opcode ${known}`, TENSORS_ALONE);
}

function protocol({ args }: Machine): void {
  const version = args.uint8();
  if (version > MAX_PROTOCOL) {
    throw new PickleFault(
      `pickle protocol ${version} is not known`,
      'save it again with Python: torch.save(torch.load(FILE), OUT)',
    );
  }
}

function frame({ args }: Machine): void {
  const length = args.uint64();
  if (length > args.left) throw new PickleFault(`a frame of ${length} bytes, where ${args.left} are left`);
}

function index({ args }: Machine): number {
  const integer = textInteger(args.line(), false);
  if (typeof integer === 'number' && integer >= 0) return integer;
  throw new PickleFault(`no value is kept under ${integer}`);
}

/** An integer of digits; `00` and `01` are how protocols 0 and 1 spell truth values. */
function textInteger(text: string, truth: boolean): Value & (number | bigint | boolean) {
  if (truth && (text === '00' || text === '01')) return text === '01';
  if (!/^-?\d+$/.test(text)) throw new PickleFault(`${shownText(text)} is no integer`);
  return narrowed(BigInt(text));
}

function bytes(m: Machine, length: number): void {
  m.args.passOver(length);
  m.pushNew(new Opaque());
}

/** The container on top of the stack, which stays there. */
function container(m: Machine, what: string, ...kinds: readonly ContainerKind[]): Container {
  const target = m.top();
  if (target instanceof Container && kinds.includes(target.kind)) return target;
  throw new PickleFault(`${what} something that is no ${kinds.join(' or ')}`);
}

function append(m: Machine, items: readonly Value[], kind: 'list' | 'set'): void {
  const target = container(m, 'items of', kind, 'object');
  m.reserve(items.length);
  for (const item of items) target.append(item);
}

/** Adds keys and values, one after the other, to what is on top of the stack. */
function set(m: Machine, entries: readonly Value[]): void {
  const target = container(m, 'entries of', 'dict', 'object');
  m.reserve(entries.length);
  if (entries.length % 2 === 1) throw new PickleFault('a key without a value');
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i]!;
    if (key instanceof Container && ['list', 'dict', 'set'].includes(key.kind)) {
      throw new PickleFault(`a ${key.kind} as a key of a dictionary`);
    }
    target.set(key, entries[i + 1]!);
  }
}

function stackGlobal(m: Machine): void {
  const name = m.pop();
  const module = m.pop();
  if (typeof name !== 'string' || typeof module !== 'string') throw new PickleFault('a name that is no text');
  if (module.length + name.length > MAX_NAME) throw new PickleFault('a name that is too long');
  m.pushNew(new Name(module, name));
}

/** Takes room for what is looked at or copied: the same long list may be handed over again and again. */
function look(m: Machine, value: Value): void {
  if (value instanceof Container) m.reserve(value.items.length + value.keys.length);
}

/** A callee and its arguments, off the stack. */
function called(m: Machine): { readonly callee: Name; readonly args: Container } {
  const args = m.pop();
  const callee = m.pop();
  if (!(callee instanceof Name)) throw new PickleFault('a call of something that is no name', TENSORS_ALONE);
  if (!(args instanceof Container && args.kind === 'tuple')) {
    throw new PickleFault(`arguments of ${shownText(callee.path, 80)} that are no tuple`);
  }
  look(m, args);
  for (const item of args.items) look(m, item);
  return { callee, args };
}

function reduce(m: Machine): void {
  const { callee, args } = called(m);
  m.pushNew(m.meanings.call(callee, args));
}

function newObject(m: Machine): void {
  const { callee, args } = called(m);
  m.pushNew(m.meanings.make(callee, args));
}

function build(m: Machine): void {
  const state = m.pop();
  container(m, 'attributes of', 'object', 'dict').build(state);
}

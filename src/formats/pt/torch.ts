/** What torch's names in a pickle stand for: storages, tensors on them, and nothing that runs. */

import { shownText } from '../../text.js';
import { ELEMENTS, type ElementType } from '../elements.js';
import { PickleFault, TENSORS_ALONE } from './pickle/fault.js';
import type { Meanings } from './pickle/machine.js';
import { Container, type ContainerKind, Float, Name, Opaque, type Value } from './pickle/values.js';

/** Elements in a record of the archive. */
export class Storage {
  constructor(
    readonly type: StorageType,
    /** The record is `data/KEY`. */
    readonly key: string,
    /** Elements. */
    readonly length: number,
  ) {}
}

/** A tensor as the pickle says, held to nothing yet. */
export class TorchTensor {
  constructor(
    readonly storage: Storage,
    /** Its first element in the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Elements from one to the next along each axis. */
    readonly stride: readonly number[],
  ) {}
}

/** What a storage holds. */
export interface StorageType {
  /** As torch calls the dtype. */
  readonly name: string;
  /** Bytes of an element. */
  readonly size: number;
  /** Undefined where it is not read. */
  readonly element: ElementType | undefined;
}

const read = (element: ElementType): StorageType => ({ name: element.name, size: element.size, element });
const other = (name: string, size: number): StorageType => ({ name, size, element: undefined });

const STORAGES: ReadonlyMap<string, StorageType> = new Map([
  ['torch.BoolStorage', read(ELEMENTS.bool)],
  ['torch.BFloat16Storage', read(ELEMENTS.bfloat16)],
  ['torch.HalfStorage', read(ELEMENTS.float16)],
  ['torch.FloatStorage', read(ELEMENTS.float32)],
  ['torch.DoubleStorage', read(ELEMENTS.float64)],
  ['torch.CharStorage', read(ELEMENTS.int8)],
  ['torch.ShortStorage', read(ELEMENTS.int16)],
  ['torch.IntStorage', read(ELEMENTS.int32)],
  ['torch.LongStorage', read(ELEMENTS.int64)],
  ['torch.ByteStorage', read(ELEMENTS.uint8)],
  ['torch.ComplexFloatStorage', other('complex64', 8)],
  ['torch.ComplexDoubleStorage', other('complex128', 16)],
]);

/** More axes than torch's own limit are damage. */
const MAX_AXES = 64;

/** Torch counts storages: their keys are numbers. */
const MAX_KEY = 64;

/** The only calls that are understood. */
const CALLS: ReadonlyMap<string, (args: readonly Value[]) => Value> = new Map<
  string,
  (args: readonly Value[]) => Value
>([
  ['torch._utils._rebuild_tensor', (args) => tensor(args, 4, 4)],
  ['torch._utils._rebuild_tensor_v2', (args) => tensor(args, 6, 7)],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch.Size', (args) => copied(args, 'tuple', 1)],
  ['torch.device', () => new Opaque()],
  ['collections.OrderedDict', (args) => copied(args, 'dict', 0)],
  // Protocol 2 has the names of Python 2.
  ...['builtins', '__builtin__'].flatMap((module) =>
    (['list', 'tuple', 'dict', 'set', 'frozenset'] as const).map(
      (name) =>
        [
          `${module}.${name}`,
          (args: readonly Value[]) => copied(args, name === 'frozenset' ? 'set' : name, 1),
        ] as const,
    ),
  ),
]);

/** The meanings of the names in a file of torch.save. */
export const TORCH: Meanings = {
  persistent(id) {
    const [kind, type, key, , length, ...more] = id instanceof Container && id.kind === 'tuple' ? id.items : [];
    if (kind !== 'storage' || !(type instanceof Name) || typeof key !== 'string' || more.length > 0) {
      throw new PickleFault('a reference to something that is no storage', TENSORS_ALONE);
    }
    if (key.length > MAX_KEY) throw new PickleFault(`a storage called by ${key.length} characters`);
    const known = STORAGES.get(type.path);
    if (!known) {
      throw new PickleFault(`a storage of type ${shown(type)}, which is not read`, CONVERTED);
    }
    return new Storage(known, key, wholeNumber(length, 'the length of a storage'));
  },
  call(callee, { items }) {
    const meaning = CALLS.get(callee.path);
    if (meaning) return meaning(items);
    throw new PickleFault(`calls ${shown(callee)}, and nothing in a file is called here`, TENSORS_ALONE);
  },
  make(type, { items }) {
    // A named tuple has its items as arguments, most objects have none. Text without a tensor beside it is nobody's cache.
    if (!items.every(isNumber) && !items.some(holdsTensor)) {
      throw new PickleFault(`makes an object of ${shown(type)} with arguments that are no tensors`, TENSORS_ALONE);
    }
    return new Container('object', [...items]);
  },
};

const CONVERTED = 'convert the tensor to float32 with Python, and save it alone: torch.save({"K": k.float()}, FILE)';

const shown = ({ path }: Name): string => shownText(path, 80).slice(1, -1);

const isNumber = (value: Value): boolean =>
  value === null || typeof value !== 'object' ? typeof value !== 'string' : value instanceof Float;

const holdsTensor = (value: Value): boolean =>
  value instanceof TorchTensor ||
  (value instanceof Container && [...value.items, ...value.values].some((item) => item instanceof TorchTensor));

function tensor(args: readonly Value[], fewest: number, most: number): TorchTensor {
  const [storage, offset, size, stride, , , metadata] = args;
  if (args.length < fewest || args.length > most || !(storage instanceof Storage)) {
    throw new PickleFault('arguments of a tensor that are none');
  }
  const shape = wholeNumbers(size, 'a size');
  const strides = wholeNumbers(stride, 'a stride');
  if (shape.length !== strides.length) {
    throw new PickleFault(`a tensor with ${shape.length} sizes and ${strides.length} strides`);
  }
  refuseMetadata(metadata);
  return new TorchTensor(storage, wholeNumber(offset, 'an offset'), shape, strides);
}

/** What numbers in a storage mean besides themselves: with `neg` their signs are reversed, with `conj` those of imaginary parts. */
function refuseMetadata(metadata: Value | undefined): void {
  if (metadata === undefined || metadata === null) return;
  if (!(metadata instanceof Container && metadata.kind === 'dict'))
    throw new PickleFault('metadata of a tensor that are none');
  const said = metadata.keys.filter((_, i) => metadata.values[i] !== false && metadata.values[i] !== null);
  if (said.length === 0) return;
  throw new PickleFault(
    `a tensor whose numbers are not as they are stored (${said.map((key) => shownText(String(key), 40).slice(1, -1)).join(', ')})`,
    'save it as it is with Python: torch.save({"K": k.resolve_conj().resolve_neg()}, FILE)',
  );
}

function parameter([data]: readonly Value[]): TorchTensor {
  if (data instanceof TorchTensor) return data;
  throw new PickleFault('a parameter without its tensor');
}

/** A container of what another one holds. */
function copied(args: readonly Value[], kind: ContainerKind, most: number): Container {
  const [of] = args;
  if (args.length === 0) return new Container(kind);
  if (args.length > most || !(of instanceof Container) || of.kind === 'object') {
    throw new PickleFault(`arguments of a ${kind} that are no container`);
  }
  if (kind === 'dict') {
    if (of.kind !== 'dict') throw new PickleFault('a dictionary of something that is none');
    return of;
  }
  return new Container(kind, [...of.items]);
}

function wholeNumbers(value: Value | undefined, what: string): number[] {
  if (!(value instanceof Container && value.kind === 'tuple')) throw new PickleFault(`${what} that is no tuple`);
  if (value.items.length > MAX_AXES) throw new PickleFault(`a tensor of ${value.items.length} axes`);
  return value.items.map((item) => wholeNumber(item, what));
}

function wholeNumber(value: Value | undefined, what: string): number {
  if (typeof value === 'number' && value >= 0) return value;
  const number = typeof value === 'number' || typeof value === 'bigint';
  throw new PickleFault(`${what} that is ${number ? shownText(String(value)).slice(1, -1) : 'no whole number'}`);
}

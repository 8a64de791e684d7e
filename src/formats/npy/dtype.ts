/** What a dtype of NumPy is as npy headers spell it: a type of numbers that is read, or what else, and how to make numbers of it. */

import { ELEMENTS, type ElementName, type ElementType } from '../elements.js';
import { spellShape } from '../tensors.js';
import type { Literal } from './literal.js';

/** Elements that are read. */
export interface NumericDtype {
  readonly type: ElementType;
  readonly bigEndian: boolean;
}

/** Elements that are not read. */
export interface OtherDtype {
  /** What they are. */
  readonly what: string;
  /** The Python that makes numbers of the array `a`, or of the file. */
  readonly instead: string;
}

/** An array, as far as advice on it needs. */
export interface ArrayPlace {
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Bytes before its first element. */
  readonly offset: number;
}

const KINDS: { readonly [kind: string]: string } = { b: 'bool', f: 'float', i: 'int', u: 'uint' };

/** A little-endian type as NumPy spells it, such as `<f4`; undefined where NumPy has no such type. */
export function npyDescr({ name, size }: ElementType): string | undefined {
  const kind = Object.keys(KINDS).find((letter) => name.replace(/\d+$/, '') === KINDS[letter]);
  return kind && `${size === 1 ? '|' : '<'}${kind}${size}`;
}

/** Byte order, kind, bytes of an element, and what else there is, as `[ns]` of dates. */
const SPELLING = /^([<>|=]?)([a-zA-Z?])(\d*)(.*)$/;

/** The type of a dtype's elements, or what they are instead. */
export function readDtype(descr: Literal, place: ArrayPlace): NumericDtype | OtherDtype {
  if (typeof descr !== 'string') return records(descr);
  // NumPy takes a type's name, too, as some other programs write it.
  if (Object.hasOwn(ELEMENTS, descr) && descr !== 'bfloat16') {
    return { type: ELEMENTS[descr as ElementName], bigEndian: false };
  }
  const [, order, letter = '', size = '', rest] = SPELLING.exec(descr) ?? [];
  const kind = letter === '?' ? 'bool' : KINDS[letter];
  const element = kind === 'bool' ? kind : `${kind}${8 * Number(size)}`;
  const type = Object.hasOwn(ELEMENTS, element) ? ELEMENTS[element as ElementName] : undefined;
  if (type && rest === '' && (letter !== 'b' || size === '1'))
    return { type, bigEndian: order === '>' && type.size > 1 };
  return otherKind(letter, Number(size), place);
}

const save = (array: string): string => `save it as numbers: np.save(FILE, ${array})`;

function otherKind(letter: string, size: number, place: ArrayPlace): OtherDtype {
  switch (letter) {
    case 'c':
      return {
        what: 'complex numbers',
        instead: save('np.concatenate([a.real, a.imag], axis=-1)'),
      };
    case 'O':
      return {
        what: 'Python objects',
        instead: `${save('np.array(a.tolist(), dtype="float64")')}, with a = np.load(FILE, allow_pickle=True), which runs code of the file`,
      };
    case 'S':
    case 'a':
      return { what: 'byte strings', instead: `${save('a.astype("float64")')} where they are numbers` };
    case 'U':
      return { what: 'strings', instead: `${save('a.astype("float64")')} where they are numbers` };
    case 'M':
      return { what: 'dates', instead: save('a.astype("int64")') };
    case 'm':
      return { what: 'time spans', instead: save('a.astype("int64")') };
    case 'V':
      return rawBytes(size);
    case 'f':
      return size === 1 ? float8(place) : other;
    default:
      return other;
  }
}

/** Such as long double. */
const other: OtherDtype = {
  what: 'elements of a type that is not read',
  instead: save('a.astype("float64")'),
};

/** What ml_dtypes writes of bfloat16, of float8 and of integers of 4 bits; NumPy loads them as bytes. */
function rawBytes(size: number): OtherDtype {
  if (size === 2) {
    return {
      what: 'bfloat16 of ml_dtypes, as raw bytes',
      instead: save('a.view(ml_dtypes.bfloat16).astype("float32")'),
    };
  }
  if (size === 1) {
    return {
      what: 'float8 or another type of ml_dtypes, as raw bytes',
      instead: `${save('a.view(ml_dtypes.float8_e4m3fn).astype("float32")')}, with the type that was written`,
    };
  }
  return { what: `raw bytes, ${size} an element`, instead: `${save('a.view("<f4")')}, with the type that was written` };
}

/** NumPy cannot load what ml_dtypes writes of float8_e5m2. */
const float8 = ({ shape, fortranOrder, offset }: ArrayPlace): OtherDtype => ({
  what: 'float8_e5m2 of ml_dtypes',
  instead: `save it as numbers: np.save(OUT, np.memmap(FILE, ml_dtypes.float8_e5m2, "r", ${offset}, ${spellShape(shape)}${fortranOrder ? ', "F"' : ''}).astype("float32"))`,
});

/** A structured dtype: a list of fields, each of a name, a dtype and perhaps a shape. */
function records(descr: Literal): OtherDtype {
  const fields = Array.isArray(descr) ? descr.filter(Array.isArray) : [];
  const numeric = fields.filter((field) => {
    const [, type] = field as Literal[];
    return typeof type === 'string' && 'type' in readDtype(type, { shape: [], fortranOrder: false, offset: 0 });
  });
  const names = numeric.map(([name]) => JSON.stringify(Array.isArray(name) ? name[1] : name));
  const chosen = numeric.length === fields.length ? 'a' : `a[[${names.join(', ')}]]`;
  return {
    what: 'records (a structured dtype)',
    instead:
      numeric.length === 0
        ? `${save('a["NAME"]')} with the field of numbers`
        : `${save(`structured_to_unstructured(${chosen})`)} of numpy.lib.recfunctions, or one field: a[${names[0]}]`,
  };
}

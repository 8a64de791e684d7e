/** Heads as a page holds them, packed: what is told of keys stands once, whatever number of heads share them. */

import { type KeyReport, keysOf, withoutKeys } from '../key-report.js';
import type { HeadReport } from '../model.js';
import type { ComparedHead } from '../overview/measures.js';
import { idOfPlace, type PlacedHead } from '../place.js';
import { type Packed, pack, unpack } from './pack.js';

/** The JSON of all heads. */
export interface PackedHeads {
  readonly keys: readonly Packed[];
  readonly heads: readonly PackedHead[];
}

/** One head. */
export interface PackedHead {
  /** The place of what is told of its keys. */
  readonly keys: number;
  readonly head: Packed;
}

/** Packs heads one after another, and holds them as text. */
export class HeadPacker {
  readonly #keys: string[] = [];
  readonly #heads: string[] = [];
  readonly #placed = new Map<string, number>();

  add(head: HeadReport): void {
    const place = head.keyPlace && idOfPlace(head.keyPlace);
    let keys = place === undefined ? undefined : this.#placed.get(place);
    if (keys === undefined) {
      keys = this.#keys.push(JSON.stringify(pack(shortenedKeys(keysOf(head))))) - 1;
      if (place !== undefined) this.#placed.set(place, keys);
    }
    const packed: PackedHead = { keys, head: pack(withoutKeys(shortened(head))) };
    this.#heads.push(JSON.stringify(packed));
  }

  get length(): number {
    return this.#heads.length;
  }

  /** A head that was added. */
  head(at: number): HeadReport {
    const packed = JSON.parse(this.#heads[at]) as PackedHead;
    return unpackHead(packed, JSON.parse(this.#keys[packed.keys]) as Packed);
  }

  /** What all heads that were added are compared by. */
  compared(): ComparedHead[] {
    const keys = this.#keys.map((text) => JSON.parse(text) as Packed);
    return this.#heads.map((text) => {
      const packed = JSON.parse(text) as PackedHead;
      return unpackCompared(packed, keys[packed.keys]);
    });
  }

  /** {@link PackedHeads}. */
  json(): string {
    return `{"keys":[${this.#keys.join(',\n')}],\n"heads":[${this.#heads.join(',\n')}]}`;
  }
}

/** What heads are called and where they are. */
export const unpackPlace = ({ head }: PackedHead): PlacedHead => unpackFields(head, ['label', 'place', 'keyPlace']);

/** What heads are compared by. */
export const unpackCompared = ({ head }: PackedHead, keys: Packed): ComparedHead => ({
  ...unpackFields<ComparedHead>(keys, COMPARED),
  ...unpackFields<ComparedHead>(head, COMPARED),
});

const COMPARED: readonly (keyof ComparedHead)[] = [
  'label',
  'place',
  'n',
  'd',
  'rank',
  'eps',
  'universal',
  'counted',
  'ranks',
  'spectrum',
  'queries',
  'coverage',
];

const unpackFields = <T>(packed: Packed, fields: readonly (keyof T & string)[]): T => {
  const record = packed as Readonly<Record<string, Packed>>;
  return Object.fromEntries(
    fields.filter((field) => field in record).map((field) => [field, unpack(record[field]!)]),
  ) as T;
};

/** The report of a head again. */
export const unpackHead = ({ head }: PackedHead, keys: Packed): HeadReport => ({
  ...(unpack(keys) as KeyReport),
  ...(unpack(head) as Omit<HeadReport, keyof KeyReport>),
});

/** What no figure shows is left out: what keys alone tell where there are queries, what heavy entries sum to. */
function shortened(head: HeadReport): HeadReport {
  const { coverage } = head;
  if (!coverage || coverage.functions.length === 0) return head;
  const functions = coverage.functions.map((own) => ({
    ...own,
    coverage: own.coverage,
  }));
  return { ...head, coverage: { ...coverage, keys: [], functions } };
}

/** The same of keys: errors of what is left of their energy, and effective dimensions. */
function shortenedKeys(keys: KeyReport): KeyReport {
  const { spectrum } = keys;
  return { ...keys, spectrum: spectrum && { ...spectrum, residualErrors: [], effectiveDimensions: [] } };
}

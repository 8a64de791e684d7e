/** Heads as a page holds them, packed: what is told of keys stands once, whatever number of heads share them. */

import { type KeyReport, keysOf, withoutKeys } from '../key-report.js';
import type { HeadReport } from '../model.js';
import { idOfPlace } from '../place.js';
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
      keys = this.#keys.push(JSON.stringify(pack(keysOf(head)))) - 1;
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

  /** {@link PackedHeads}. */
  json(): string {
    return `{"keys":[${this.#keys.join(',\n')}],\n"heads":[${this.#heads.join(',\n')}]}`;
  }
}

/** The report of a head again. */
export const unpackHead = ({ head }: PackedHead, keys: Packed): HeadReport => ({
  ...(unpack(keys) as KeyReport),
  ...(unpack(head) as Omit<HeadReport, keyof KeyReport>),
});

/** What no figure shows is left out: what keys alone tell where there are queries. */
function shortened(head: HeadReport): HeadReport {
  const { coverage } = head;
  return coverage && coverage.functions.length > 0 ? { ...head, coverage: { ...coverage, keys: [] } } : head;
}

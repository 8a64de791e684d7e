/** Memory that is used again: to take new memory for every page, which the system clears first, takes longer than to decode it. */

/** What is taken is a multiple of this: memory of one column then does for another. */
const UNIT_BYTES = 1 << 12;

/** Memory for any number of columns; of what is given back, as much as was in use at a time. */
export class ReusedMemory {
  readonly #free: ArrayBuffer[] = [];
  /** What has been taken and not given back. */
  readonly #taken = new WeakSet<object>();

  /** At least this number of bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    let best = -1;
    for (const [i, { byteLength }] of this.#free.entries())
      if (byteLength >= bytes && (best < 0 || byteLength < this.#free[best]!.byteLength)) best = i;
    // Others may be somewhat larger.
    const memory =
      best < 0 ? new ArrayBuffer(Math.ceil((1.25 * bytes) / UNIT_BYTES) * UNIT_BYTES) : this.#free.splice(best, 1)[0]!;
    this.#taken.add(memory);
    return memory;
  }

  /** Nobody reads or writes it any more; other memory is none of this. */
  give(memory: ArrayBufferLike): void {
    if (this.#taken.delete(memory)) this.#free.push(memory as ArrayBuffer);
  }
}

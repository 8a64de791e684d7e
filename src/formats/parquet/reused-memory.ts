/** Memory that is used again: to take new memory for every page, which the system clears first, takes longer than to decode it. */

/** Memory of one kind; of what is given back, as much as was in use at a time. */
export class ReusedMemory<B extends ArrayBuffer | SharedArrayBuffer> {
  readonly #make: (bytes: number) => B;
  readonly #free: B[] = [];
  /** What has been taken and not given back. */
  readonly #taken = new WeakSet<object>();

  constructor(make: (bytes: number) => B) {
    this.#make = make;
  }

  /** At least so many bytes, of any content. */
  take(bytes: number): B {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    // Others may be somewhat larger.
    const memory = at < 0 ? this.#make(Math.ceil((1.25 * bytes) / 64) * 64) : this.#free.splice(at, 1)[0]!;
    this.#taken.add(memory);
    return memory;
  }

  /** Nobody reads or writes it any more; other memory is none of this. */
  give(memory: ArrayBuffer | SharedArrayBuffer): void {
    if (this.#taken.delete(memory)) this.#free.push(memory as B);
  }
}

/** What is read before it is asked for, in order and within bounds of its number and size. */

/** Pages of a column that may have been read and not taken; if they are large, fewer, one at least: the less memory, the sooner it is used again. */
const MOST_AHEAD = 3;
const AHEAD_BYTES = 1 << 20;

/** Bytes that the columns of a reader may hold of what nobody has taken yet. */
export class AheadBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes some of them, if there are as many. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** Gives bytes back; a negative number takes more, even where they are not there. */
  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** Items one after another, some of them before they are asked for. */
export class ReadAhead<T extends { readonly size: number }> {
  readonly #read: () => Promise<T | undefined>;
  readonly #budget: AheadBudget | undefined;
  readonly #items: T[] = [];
  /** The next one on its way. */
  #coming: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  /** Bytes of the last one, which the next is expected to have. */
  #lastSize = 0;
  #stopped: boolean;

  /**
   * @param read - reads the next one; undefined after the last
   * @param budget - of their sizes; without one, nothing is read before it is asked for
   */
  constructor(read: () => Promise<T | undefined>, budget: AheadBudget | undefined) {
    this.#read = read;
    this.#budget = budget;
    this.#stopped = budget === undefined;
  }

  /** Those that have been read and not taken. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Whether nothing more is read ahead. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether reading has failed: {@link take} says how, behind what was read before. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** The next one; undefined after the last. Rejects where it cannot be read. */
  async take(): Promise<T | undefined> {
    while (this.#items.length === 0) {
      if (this.#failure) throw this.#failure.error;
      if (this.#ended) return undefined;
      await (this.#coming ?? this.#readOne(0));
    }
    const item = this.#items.shift()!;
    this.#budget?.give(item.size);
    this.#lastSize = item.size;
    this.#goOn();
    return item;
  }

  /** Reads nothing more before it is asked for; resolves when nothing is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#coming;
  }

  #goOn(): void {
    const count = this.#items.length;
    const isEnough = count >= MOST_AHEAD || (count > 0 && (count + 1) * this.#lastSize > AHEAD_BYTES);
    const isOver = this.#stopped || this.#ended || this.#failure !== undefined || isEnough;
    if (isOver || this.#coming || !this.#budget!.take(this.#lastSize)) return;
    this.#coming = this.#readOne(this.#lastSize).then(() => {
      this.#coming = undefined;
      this.#goOn();
    });
  }

  /** @param taken - bytes of the budget that have been taken for it */
  async #readOne(taken: number): Promise<void> {
    try {
      const item = await this.#read();
      this.#budget?.give(taken - (item?.size ?? 0));
      if (item) this.#items.push(item);
      else this.#ended = true;
    } catch (error) {
      this.#budget?.give(taken);
      this.#failure = { error };
    }
  }
}

/** What is found wrong. */

/** One thing that is wrong. */
export interface Finding {
  readonly what: 'set' | 'entries';
  /**
   * `missing`: it should be there; `score`: it is there with another score; `bounds`: the score lies outside the bounds it comes
   * with; `surplus`: it should not be there; `key`: the row is not that of K.
   */
  readonly problem: 'missing' | 'score' | 'bounds' | 'surplus' | 'key';
  /** Global row of Q; null where it is about no query of Q. */
  readonly query: number | null;
  /** Global row of K. */
  readonly key: number;
  /** The score by brute force: for U the leverage score, or the largest share that a query was seen to give. */
  readonly expected: number;
  /** The score that was given. */
  readonly found: number | null;
}

/** Findings kept: the first ones, and how many there were. */
export class Findings {
  readonly #most: number;
  readonly #list: Finding[] = [];
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(finding: Finding): void {
    if (this.#count++ < this.#most) this.#list.push(finding);
  }

  get count(): number {
    return this.#count;
  }

  get first(): readonly Finding[] {
    return this.#list;
  }
}

/** The largest error of a score so far, relative to the score, and where it was. */
export class LargestError {
  value = 0;

  note(expected: number, found: number): number {
    const error = expected === 0 ? Math.abs(found) : Math.abs(found - expected) / expected;
    // NaN is the largest of all.
    if (!(error <= this.value)) this.value = error;
    return error;
  }
}

/** Compensated sums: every rounding error is worked out and added at the end (Ogita, Rump, Oishi, 2005). */

/** A sum of float64 that keeps what each addition rounds off. */
export class Sum {
  #sum = 0;
  #rest = 0;

  add(term: number): void {
    const sum = this.#sum + term;
    const part = sum - this.#sum;
    this.#rest += this.#sum - (sum - part) + (term - part);
    this.#sum = sum;
  }

  get value(): number {
    return this.#sum + this.#rest;
  }
}

/** A product of two rows, and the sum of the sizes of its terms, which its rounding is measured by. */
export interface Product {
  readonly value: number;
  readonly size: number;
}

/** <a, b> of d numbers each, from given places on. */
export function product(a: Float64Array, from: number, b: Float64Array, at: number, d: number): Product {
  let sum = 0;
  let rest = 0;
  let size = 0;
  for (let j = 0; j < d; j++) {
    const term = a[from + j] * b[at + j];
    const next = sum + term;
    const part = next - sum;
    rest += sum - (next - part) + (term - part);
    sum = next;
    size += Math.abs(term);
  }
  return { value: sum + rest, size };
}

/** How far attention over a few keys is from attention over all: the error of each row, and their summary. */

import { quantileOf } from '../../../attention/quantile.js';
import { count } from '../../../text.js';
import type { Output } from '../../terminal/results.js';

/** What was attended to. */
export interface AttendFacts {
  readonly n: number;
  readonly d: number;
  /** Keys attended to. */
  readonly size: number;
  /** Columns of V. */
  readonly width: number;
  readonly f: string;
  readonly scale: number;
}

/** The report; relative errors are null where there is no query. */
export interface AttendReport extends AttendFacts {
  /** Queries with an error: those that were not skipped and are not padding. */
  readonly queries: number;
  /** Queries that are padding. */
  readonly padding: number;
  readonly error: Readonly<Record<'mean' | 'median' | 'p90' | 'p99' | 'worst', number | null>>;
  /** The query with the largest error. */
  readonly worstQuery: number | null;
}

/** Collects errors. */
export class AttendErrors {
  readonly #parts: Float64Array[] = [];
  #padding = 0;

  /**
   * @param errors - of the next queries, NaN for one that was skipped or is padding
   * @param padding - how many of them are padding
   */
  add(errors: Float64Array, padding: number): void {
    this.#parts.push(errors);
    this.#padding += padding;
  }

  /** Writes the table query, error. */
  async write(output: Output): Promise<void> {
    const writer = output.begin({
      columns: [
        { name: 'query', type: 'uint64' },
        { name: 'error', type: 'float64' },
      ],
    });
    let start = 0;
    for (const part of this.#parts) {
      const query = Float64Array.from(part.keys(), (i) => start + i);
      await writer.write({ rows: part.length, columns: [query, part] });
      start += part.length;
    }
    await writer.end();
    await output.commit();
  }

  report(facts: AttendFacts): AttendReport {
    const all = this.#parts.flatMap((part) => [...part]);
    const errors = Float64Array.from(all.filter((error) => !Number.isNaN(error))).sort();
    const queries = errors.length;
    const quantile = (share: number): number | null => (queries > 0 ? quantileOf(errors, share) : null);
    const worst = quantile(1);
    const mean = queries > 0 ? errors.reduce((sum, error) => sum + error, 0) / queries : null;
    return {
      ...facts,
      queries,
      padding: this.#padding,
      error: { mean, median: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), worst },
      worstQuery: worst === null ? null : all.indexOf(worst),
    };
  }
}

/** The report for people. */
export function errorsText({ n, size, queries, padding, f, scale, error, worstQuery }: AttendReport): string {
  const spell = (value: number | null): string => (value === null ? 'none' : value.toPrecision(4));
  const { median, p90, p99, worst, mean } = error;
  const at = worstQuery === null ? '' : ` (query ${worstQuery})`;
  return [
    `attended  ${count(size)} of ${count(n)} keys (${((100 * size) / n).toPrecision(3)} %), f ${f}, scale ${scale.toPrecision(6)}`,
    `queries   ${count(queries)}${padding > 0 ? `, and ${count(padding)} of padding, which do not count` : ''}`,
    `error     median ${spell(median)}, 90 % ${spell(p90)}, 99 % ${spell(p99)}, worst ${spell(worst)}${at}, mean ${spell(mean)}`,
    '',
  ].join('\n');
}

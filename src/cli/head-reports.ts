/** Reports on heads, for people or as JSON: of a single matrix its report alone, of several heads one after another. */

import type { HeadShape } from '../input/heads/layout.js';
import { namedCoordinates } from '../input/heads/place.js';
import { stdoutSink } from '../output/sink.js';
import type { HeadTurn } from './heads.js';

/** Collects the report of each head. */
export class HeadReports<T extends object> {
  readonly #reports: { readonly report: T; readonly turn: HeadTurn | undefined }[] = [];

  /**
   * @param shape - where there are heads
   * @param json - whether JSON is printed
   * @param text - spells a report for people, lines with their ends
   */
  constructor(
    readonly shape: Pick<HeadShape, 'axes'> | undefined,
    readonly json: boolean,
    readonly text: (report: T) => string,
  ) {}

  add(report: T, turn: HeadTurn | undefined): void {
    this.#reports.push({ report, turn });
  }

  /** Prints them to standard output, if there are any. */
  async print(): Promise<void> {
    if (this.#reports.length === 0) return;
    await stdoutSink().write(Buffer.from(this.json ? `${JSON.stringify(this.#toJson(), null, 2)}\n` : this.#toText()));
  }

  #toJson(): object {
    const { shape } = this;
    if (!shape) return this.#reports[0]!.report;
    return {
      heads: this.#reports.map(({ report, turn }) => ({
        ...namedCoordinates(shape, turn!.place),
        ...report,
      })),
    };
  }

  #toText(): string {
    return this.#reports
      .map(({ report, turn }) => (turn ? `${turn.label}\n${this.text(report)}` : this.text(report)))
      .join('\n');
  }
}

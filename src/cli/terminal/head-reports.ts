/** Reports on heads, for people or as JSON: of a single matrix its report alone, of several heads one after another. */

import type { HeadJob } from '../../input/head-jobs.js';
import { stdoutSink } from '../../output/sink.js';
import { namedCoordinates } from '../../rows/heads/head-index.js';
import type { HeadShape } from '../../rows/heads/layout.js';

/** The report of one of several heads, and which it is. */
export interface HeadReport<T> {
  readonly report: T;
  /** `head 3`. */
  readonly label: string;
  /** Where it stands along each axis, by the axis's name. */
  readonly coordinates: Readonly<Record<string, number>>;
}

/** Collects the report of each head. */
export class HeadReports<T extends object> {
  readonly #reports: { readonly report: T; readonly job: HeadJob }[] = [];

  /**
   * @param json - whether JSON is printed
   * @param text - spells a report for people, lines with their ends
   * @param overview - spells those of several heads together; undefined: one after another
   * @param spelled - what of a report is JSON
   */
  constructor(
    readonly shape: Pick<HeadShape, 'axes'>,
    readonly json: boolean,
    readonly text: (report: T) => string,
    readonly overview?: (heads: readonly HeadReport<T>[]) => string,
    readonly spelled: (report: T) => object = (report) => report,
  ) {}

  add(report: T, job: HeadJob): void {
    this.#reports.push({ report, job });
  }

  /** Prints them to standard output, if there are any. */
  async print(): Promise<void> {
    if (this.#reports.length === 0) return;
    await stdoutSink().write(Buffer.from(this.json ? `${JSON.stringify(this.#toJson(), null, 2)}\n` : this.#toText()));
  }

  #toJson(): object {
    const { shape } = this;
    if (shape.axes.length === 0) return this.spelled(this.#reports[0]!.report);
    return {
      heads: this.#reports.map(({ report, job }) => ({
        ...namedCoordinates(shape, job.place),
        ...this.spelled(report),
      })),
    };
  }

  #toText(): string {
    const { shape, overview } = this;
    if (overview && this.#reports.length > 1) {
      return overview(
        this.#reports.map(({ report, job: { label = '', place } }) => ({
          report,
          label,
          coordinates: namedCoordinates(shape, place),
        })),
      );
    }
    return this.#reports
      .map(({ report, job: { label } }) => `${label === undefined ? '' : `${label}\n`}${this.text(report)}`)
      .join('\n');
  }
}

/** The folder of `levattn report --svg`: figures of heads that come one after another, and at last the maps of all of them. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { outputError } from '../../../output/sink/errors.js';
import { openFileSink } from '../../../output/sink.js';
import type { HeadReport } from '../../../report/model.js';
import { type ComparedHead, FigureFiles, mapFiles, type ReportFile } from '../../../report/report.js';

/** The folder. */
export class FigureFolder {
  readonly #files: FigureFiles;
  #count = 0;

  private constructor(
    readonly path: string,
    several: boolean,
  ) {
    this.#files = new FigureFiles(several);
  }

  /**
   * Makes the folder, where there is none.
   * @throws LevattnError where it cannot be made
   */
  static async open(path: string, several: boolean): Promise<FigureFolder> {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw outputError(path, error);
    }
    return new FigureFolder(path, several);
  }

  /** The figures of a head. */
  async write(head: HeadReport): Promise<void> {
    await this.#write(this.#files.of(head));
  }

  /**
   * The maps of all heads, where they are several.
   * @returns how many files there are
   */
  async finish(heads: readonly ComparedHead[]): Promise<number> {
    await this.#write(mapFiles(heads));
    return this.#count;
  }

  async #write(files: Iterable<ReportFile>): Promise<void> {
    for (const { name, text } of files) {
      const sink = await openFileSink(join(this.path, name));
      await sink.write(Buffer.from(text));
      await sink.commit();
      this.#count++;
    }
  }
}

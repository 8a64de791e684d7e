/** K of one head, for a command that reads it several times. */

import { dataError } from '../errors.js';
import { refuseOtherColumns } from '../input/agreement.js';
import type { KeyOptions } from '../input/key-mask.js';
import { openKeys } from '../input/keys.js';
import { withoutPadding } from '../input/mask.js';
import { besideKeys, openInput, reportMatrix, reportTrailing } from '../input/open.js';
import { readOptions, withoutIds } from '../input/options.js';
import { rowBlocks } from '../matrix/blocks.js';
import type { ColumnNames } from '../matrix/columns/expected.js';
import type { MatrixReader, ReadProgress, RowBlock } from '../matrix/row-block.js';
import { createLogger, type Logger } from './log.js';

/** What is read. */
export interface RereadKeys {
  /** The file. */
  readonly path: string;
  readonly options: KeyOptions;
  /** One byte a row, 0 for padding, which is read as zeros. */
  readonly mask: Uint8Array | undefined;
  /** Q, which must have as many columns. */
  readonly queries:
    | {
        readonly name: string;
        readonly d: number;
        readonly rows: number;
        readonly columnNames: ColumnNames | undefined;
      }
    | undefined;
}

/** Opens K anew for every pass, and knows how far the last one has come. */
export class KeysFile {
  readonly #keys: RereadKeys;
  #log: Logger;
  #reader: MatrixReader | undefined;

  constructor(keys: RereadKeys, log: Logger) {
    this.#keys = keys;
    this.#log = log;
  }

  progress(): ReadProgress {
    return this.#reader!.progress();
  }

  /** The rows, from the first to the last. */
  async *rows(): AsyncGenerator<RowBlock, void, undefined> {
    const { path, options, mask, queries } = this.#keys;
    const bytes = await openInput(path, 'K');
    const opened = await openKeys(
      bytes,
      readOptions({ ...withoutIds(options), like: besideKeys(queries?.columnNames, queries?.name ?? '') }, this.#log),
      options.inputFormat,
    );
    if (opened.kind !== 'matrix') {
      const what = opened.kind === 'set' ? 'universal set' : 'sketch';
      throw dataError(`${bytes.name}: is a ${what}; give K itself with --keys`);
    }
    const reader = mask ? withoutPadding(opened.reader, mask, options.mask!) : opened.reader;
    this.#reader = reader;
    if (queries) refuseOtherColumns(queries, reader);
    reportMatrix(reader, this.#log);
    try {
      yield* rowBlocks(reader);
      reportTrailing(bytes, this.#log);
    } finally {
      await reader.close();
    }
    // What is to be said of the file is said the first time.
    this.#log = createLogger({ quiet: true });
  }
}

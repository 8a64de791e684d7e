/** Warns of text that is not what it was: bytes of an input that are no UTF-8 are read as U+FFFD, and half a pair of UTF-16 is written so. */

import type { TableSchema, TableWriter } from '../../output/table.js';
import type { RowId } from '../../rows/row-ids.js';
import { shownColumn, shownText } from '../../text.js';
import type { Logger } from './log.js';

const REPLACED = /[\uFFFD\uD800-\uDFFF]/u;

/** A table writer that warns of the first such cell of each column of text, and of such names. */
export function tellingReplaced(
  begin: (schema: TableSchema) => TableWriter,
  log: Pick<Logger, 'warn'>,
): (schema: TableSchema) => TableWriter {
  return (schema) => {
    const writer = begin(schema);
    const told = new Set<number>();
    const tell = (column: number, what: string): void => {
      told.add(column);
      log.warn(
        `${what} has U+FFFD, the sign for bytes that are not UTF-8; if the input has another encoding, convert it first: iconv -f latin1 -t utf-8 FILE`,
      );
    };
    for (const [j, { name }] of schema.columns.entries())
      if (REPLACED.test(name)) tell(j, `the name of column ${shownColumn(name)}`);
    return {
      write: (batch) => {
        for (const [j, column] of schema.columns.entries()) {
          if (column.type !== 'id' || column.of !== 'utf8' || told.has(j)) continue;
          const cells = batch.columns[j] as readonly RowId[];
          const at = cells.findIndex((cell) => REPLACED.test(`${cell}`));
          if (at >= 0) tell(j, `text in column ${shownColumn(column.name)}, ${shownText(`${cells[at]}`)},`);
        }
        return writer.write(batch);
      },
      end: () => writer.end(),
    };
  };
}

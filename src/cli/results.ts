/** Writes a table of results to where the user asked: a file, whole or not at all, or stdout as it comes. */

import { chooseFormat, type ResultFormat } from '../output/formats.js';
import { openFileSink, stdoutSink } from '../output/sink.js';
import type { ByteSink, TableSchema, TableWriter } from '../output/table.js';
import type { OutputOptions } from './options.js';
import { wipeProgress } from './progress.js';

/** A table that is being written. */
export interface Results {
  readonly format: ResultFormat;
  readonly writer: TableWriter;
  /** Ends the table and, for a file, puts it in its place. */
  finish(): Promise<void>;
}

/**
 * Opens the output for a table.
 * @param schema - may depend on the format
 */
export async function openResults(schema: TableSchema, { output, format }: OutputOptions): Promise<Results> {
  const chosen = chooseFormat({ format, path: output, tty: process.stdout.isTTY === true });
  if (output === undefined || output === '-') {
    const writer = await chosen.open(schema, belowProgress(stdoutSink()));
    return { format: chosen, writer, finish: () => writer.end() };
  }
  const sink = await openFileSink(output);
  const writer = await chosen.open(schema, sink);
  return {
    format: chosen,
    writer,
    finish: async () => {
      await writer.end();
      await sink.commit();
    },
  };
}

/** Standard output may be the terminal that shows the progress line, which must not stand before the results. */
const belowProgress = (sink: ByteSink): ByteSink => ({
  write: (bytes) => {
    if (process.stdout.isTTY) wipeProgress();
    return sink.write(bytes);
  },
});

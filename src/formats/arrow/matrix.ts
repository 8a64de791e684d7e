/** The matrix in an Arrow table: the chosen columns of one batch after another. */

import { dataError } from '../../errors.js';
import type { MatrixReader } from '../../rows/row-block.js';
import { RowIds } from '../../rows/row-ids.js';
import { isAll } from '../columns/choose.js';
import type { ReadOptions } from '../format.js';
import { putterOf } from '../missing.js';
import { type CheckedBatch, checkBatch, type Reading } from './batch.js';
import { chooseFields, type ListColumn, type NumberColumns } from './choose.js';
import { BatchDecompressor } from './compressed.js';
import { Dictionaries } from './dictionaries.js';
import { HOLD_BYTES } from './held.js';
import { fetchFrom, fetchHeld, readIds } from './ids.js';
import type { ArrowInput } from './input.js';
import { readLists } from './lists.js';
import { readNumbers } from './numbers.js';
import type { ArrowField } from './schema.js';
import { TextDictionaries } from './text-dictionaries.js';
import { withWrittenNumbers } from './written-numbers.js';

/**
 * The matrix of an input that has been opened. Reads on to the first row only where the number of columns is not in the
 * schema (lists of any length).
 * @param holdBytes - batches past this many bytes are not held in memory where the source can seek
 * @throws LevattnError where no columns make a matrix
 */
export async function matrixFromArrow(
  input: ArrowInput,
  options: ReadOptions = {},
  holdBytes = HOLD_BYTES,
): Promise<MatrixReader> {
  const { bytes, start, schema } = input;
  // Of columns that are named, nothing is left out.
  const named = options.column !== undefined || (options.columns !== undefined && !isAll(options.columns));
  const { chosen, ids, beside } = chooseFields(named ? schema : await withWrittenNumbers(input), options, bytes.name);
  const dictionaries = new Dictionaries(input, fieldsOf(chosen));
  const reading: Reading = { input, dictionaries, putMissing: putterOf(options.missing), holdBytes };
  const reader = chosen.kind === 'list' ? readLists(reading, chosen) : readNumbers(reading, chosen);
  const decompressor = new BatchDecompressor(input, columnsOf(chosen));
  const texts = new TextDictionaries(input, [...(ids ? [ids] : []), ...beside]);
  const idReader = ids && readIds(input, ids, { textOf: texts.of });
  const besideReaders = beside.map((column) => readIds(input, column, { textOf: texts.of }));
  const aside = [...(ids ? [ids] : []), ...beside].map(({ index }) => index);
  const readers = [...(idReader ? [idReader] : []), ...besideReaders];
  let batchRows = 0;
  let left = 0;
  /** Rows without a list that came before the first list, and their ids. */
  let blank = 0;
  const blankIds = new RowIds(beside.length);

  /** Begins a batch without its ids, which are read at their place, or held where the input cannot seek. */
  const begin = async (batch: CheckedBatch): Promise<void> => {
    if (readers.length === 0 || (batch.header.compression === undefined && bytes.source.readAt)) {
      for (const each of readers) each.begin(batch, fetchFrom(input, batch));
      return reader.begin(await decompressor.plain(batch));
    }
    const held = await decompressor.held(batch, aside);
    for (const each of readers) each.begin(held.batch, fetchHeld(held.aside));
    return reader.begin(held.batch);
  };

  /** Adds the ids of rows of the batch, and what comes beside them. */
  const readAside = async (from: number, rows: number, into: RowIds): Promise<void> => {
    await idReader?.read(from, rows, into);
    for (const [j, each] of besideReaders.entries()) await each.read(from, rows, into.beside[j]!);
  };

  /** Goes on to the next batch that has rows; returns false at the end. */
  const advance = async (): Promise<boolean> => {
    for (;;) {
      const message = await input.next();
      if (!message) return false;
      if (message.kind === 'dictionary') {
        await texts.add(message);
        await dictionaries.add(message);
        continue;
      }
      const batch = checkBatch(input, message);
      if (batch.header.rows === 0) continue;
      await begin(batch);
      batchRows = batch.header.rows;
      left = batchRows;
      return true;
    }
  };

  while (reader.d === undefined && (await advance())) {
    if (reader.d !== undefined) break;
    await readAside(0, left, blankIds);
    blank += left;
    input.nextRow += left;
    left = 0;
  }
  const { d } = reader;
  if (d === undefined) {
    const none = blank === 0 ? 'no rows' : 'no row has a list';
    throw dataError(`${bytes.name}: ${none}, so that the length of its lists is unknown; write at least one`);
  }
  let blankGiven = 0;

  return {
    name: bytes.name,
    format: 'arrow',
    description: `Arrow ${input.form}, ${chosen.description}${ids ? `, ids ${ids.name}` : ''}`,
    leftOut: chosen.leftOut,
    columnNames: chosen.columnNames,
    table: chosen.table,
    picked: chosen.picked,
    onlyIntegers: chosen.onlyIntegers,
    d,
    dtype: chosen.dtype,
    rows: undefined,
    metadata: schema.metadata,
    idType: ids?.type,
    beside: beside.map(({ type }) => type),
    async read(into, maxRows, idsInto) {
      if (blankGiven < blank) {
        const rows = Math.min(maxRows, blank - blankGiven);
        for (let at = 0; at < rows * d; at++) reading.putMissing!(into, at);
        if (ids) idsInto?.addFrom(blankIds, blankGiven, blankGiven + rows);
        idsInto?.addBesideFrom(blankIds, blankGiven, blankGiven + rows);
        blankGiven += rows;
        return rows;
      }
      if (left === 0 && !(await advance())) return 0;
      const rows = await reader.read(into, Math.min(maxRows, left));
      if (rows === 0) throw input.cutShort();
      if (idsInto) await readAside(batchRows - left, rows, idsInto);
      left -= rows;
      input.nextRow += rows;
      return rows;
    },
    async skip(most) {
      if (blankGiven < blank || !reader.skip) return undefined;
      if (left === 0 && !(await advance())) return 0;
      const rows = await reader.skip(Math.min(most, left));
      left -= rows;
      input.nextRow += rows;
      return rows;
    },
    progress: () => ({
      bytes: bytes.position - start - reader.ahead(),
      totalBytes: bytes.size === undefined ? undefined : bytes.size - start,
    }),
    close: () => bytes.close(),
  };
}

/** What the chosen columns' numbers are. */
const fieldsOf = (chosen: ListColumn | NumberColumns): ArrowField[] =>
  chosen.kind === 'list' ? [chosen.item] : chosen.columns.map(({ field }) => field);

/** Positions of the chosen columns in the schema. */
const columnsOf = (chosen: ListColumn | NumberColumns): number[] =>
  chosen.kind === 'list' ? [chosen.index] : chosen.columns.map(({ index }) => index);

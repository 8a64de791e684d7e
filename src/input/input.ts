/**
 * A matrix of one role, K, Q or V, as a command names it: one file or several, one below the other, without what its mask says is
 * padding. Files are opened when their rows are wanted, once, or, where they can be read again, as often as they are asked for.
 */

import { dataError } from '../errors.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import type { PlacedName } from '../formats/naming/pattern.js';
import type { ExpectedColumns } from '../rows/column-names.js';
import { RowCopies } from '../rows/copied-rows.js';
import { type HeldRows, type HoldOptions, holdRows, holdRowsAsStored } from '../rows/held-rows.js';
import type { MatrixReader, ReadProgress, Values } from '../rows/row-block.js';
import { type IdType, RowIds } from '../rows/row-ids.js';
import { StackedRows } from '../rows/stacked-rows.js';
import { isSketchNext } from '../sketch-file/content.js';
import { count } from '../text.js';
import type { KeyIds } from './key-ids.js';
import type { RowMask } from './key-mask.js';
import { openKeys } from './keys.js';
import { StackedMask } from './mask.js';
import { type Notices, SILENT } from './notices.js';
import {
  canReadAgain,
  expectedOf,
  isStdin,
  missingQueries,
  openInput,
  openInputMatrix,
  reportMatrix,
  reportTrailing,
} from './open.js';
import { asRole, type InputOptions, type InputRole, readOptions } from './options.js';
import { optionsAt, sourceOf } from './sources.js';

/** What a matrix is for, and how it is read. */
export interface InputSettings extends InputOptions {
  readonly role: InputRole;
  /** Which rows are padding, where that depends on the header, asked when it is known. */
  readonly rowMask?: RowMask | ((reader: MatrixReader) => Promise<RowMask | undefined>) | undefined;
  /** Whether another input may follow it on standard input. */
  readonly followed?: boolean | undefined;
  /** Where K itself must be given: the error for a universal set or a sketch in its place. */
  readonly refuseMade?: ((name: string, kind: 'universal set' | 'sketch') => Error) | undefined;
  /** The error for a sketch among several files of a matrix. */
  readonly refuseSketch?: ((name: string) => Error) | undefined;
  /** Looks at what each file's header says, and throws where it does not go with other inputs. */
  readonly check?: ((reader: MatrixReader) => void) | undefined;
}

/** What is held of a matrix. */
export interface Holding extends HoldOptions {
  /** The error for a matrix of which no row counts; where left out, it may have none. */
  readonly refuseEmpty?: ((name: string) => Error) | undefined;
}

/** A file that was opened to see what it is, and the matrix in it, where that was opened, too. */
export interface FirstFile {
  readonly bytes?: ByteReader | undefined;
  readonly reader?: MatrixReader | undefined;
}

/** One matrix to read. */
export class Input {
  readonly #paths: readonly string[];
  readonly #settings: InputSettings;
  readonly #notices: Notices;
  /** The first file, where it has been opened and not read. */
  #opened: MatrixReader | undefined;
  #bytes: ByteReader | undefined;
  /** Of the last pass. */
  #rows: StackedRows | undefined;
  /** Rows in memory, from which passes after the first are served. */
  #copies: RowCopies | undefined;
  /** Of the first file, as it was opened first. */
  #columns: Pick<MatrixReader, 'name' | 'columnNames' | 'idType'> | undefined;

  /** @param first - the first file, where it has been opened already */
  constructor(paths: string | readonly string[], settings: InputSettings, notices: Notices, first: FirstFile = {}) {
    this.#paths = typeof paths === 'string' ? [paths] : paths;
    this.#settings = asRole(settings, settings.role);
    this.#notices = notices;
    this.#bytes = first.bytes;
    this.#opened = first.reader;
    this.#columns = first.reader;
  }

  /** Whether its rows can be read more than once. */
  get rereadable(): boolean {
    return this.#paths.every(canReadAgain);
  }

  /** The columns that other files of the same matrix must have, once the first file has been opened. */
  get expected(): ExpectedColumns | undefined {
    return this.#columns && expectedOf(this.#columns);
  }

  /** The columns that queries, or keys beside queries, must have: by name where both have the same names. */
  get beside(): ExpectedColumns | undefined {
    return this.expected && { ...this.expected, otherNames: true };
  }

  /** The first file's header; the rows that are read next are those it opens. */
  async head(): Promise<MatrixReader> {
    // Notices are given the first time.
    this.#opened ??= await this.#open(0, this.#settings.like, this.#columns ? SILENT : this.#notices);
    return this.#opened;
  }

  /**
   * The same of an input that may follow another on standard input.
   * @throws LevattnError where nothing follows
   */
  async headAfter(...others: readonly (Input | ByteReader)[]): Promise<MatrixReader> {
    this.#bytes ??= await openInput((await this.#source(0)).name, this.#settings.role);
    const shared = others.some((other) => (other instanceof Input ? other.#bytes : other) === this.#bytes);
    if (shared && (await this.#bytes.atEnd())) throw missingQueries();
    return this.head();
  }

  /** Holds the ids of the rows that are read next: 8 bytes a row, or its text; undefined where they have none. */
  async holdIds(): Promise<KeyIds | undefined> {
    const reader = await this.head();
    const { idType } = reader;
    if (!idType) return undefined;
    const held = new RowIds();
    this.#opened = { ...reader, idType: undefined, read: (into, maxRows) => reader.read(into, maxRows, held) };
    return { type: idType, of: (row) => held.at(row) };
  }

  /** Lets go of what has been opened and not read to its end. */
  async close(): Promise<void> {
    await this.#opened?.close();
    await this.#rows?.close();
  }

  /**
   * Keeps a copy of the rows as the first pass reads them, where they must be parsed or decoded and it takes no more than this many bytes: later
   * passes need not do that again.
   */
  remember(bytes: number): void {
    this.#copies = new RowCopies(bytes);
  }

  /** The rows, from the first to the last: opened anew for every pass. */
  rows(): StackedRows {
    const copies = this.#copies;
    const readers = copies?.complete
      ? copies.readers()
      : this.#readers(this.#rows ? SILENT : this.#notices, this.#rows ? undefined : copies);
    this.#rows = new StackedRows(readers);
    return this.#rows;
  }

  /** The type of the rows' ids, once the first file has been opened; undefined where they have none. */
  get idType(): IdType | undefined {
    return this.#columns?.idType;
  }

  /** Names a row of the last pass. */
  readonly describeRow = (row: number): string => this.#rows!.describeRow(row);

  /** How far the last pass has come. */
  readonly progress = (): ReadProgress => this.#rows!.progress();

  /**
   * All rows in memory.
   * @throws LevattnError as {@link holdRows} does
   */
  hold(options: Holding): Promise<HeldRows> {
    return this.#hold(options, holdRows);
  }

  /** The same, as float32 where they are stored so. */
  holdAsStored(options: Holding): Promise<HeldRows<Values>> {
    return this.#hold(options, holdRowsAsStored);
  }

  async #hold<T extends Values>(
    { refuseEmpty, ...options }: Holding,
    holding: (blocks: StackedRows, options: HoldOptions) => Promise<HeldRows<T>>,
  ): Promise<HeldRows<T>> {
    const { role, nan } = this.#settings;
    const { name, rows } = await this.head();
    const held = await holding(this.rows(), {
      ...{ rows, nonFinite: nan, describeRow: this.describeRow },
      ...options,
    });
    const skipped = options.wanted ? 0 : held.n - held.index.length - (held.padding ?? 0);
    if (skipped > 0) this.#notices.warn(`${spellRows(role, skipped)} with NaN, infinities or missing values left out`);
    if (held.index.length === 0 && refuseEmpty) throw refuseEmpty(name);
    return held;
  }

  async *#readers(notices: Notices, copies?: RowCopies): AsyncGenerator<MatrixReader, void, undefined> {
    let { like } = this.#settings;
    const { rowMask } = this.#settings;
    const mask = typeof rowMask === 'function' ? await rowMask(await this.head()) : rowMask;
    const stack = mask && new StackedMask(mask.values, mask.name, mask.of);
    for (const [i, path] of this.#paths.entries()) {
      const reader = i === 0 ? await this.head() : await this.#open(i, like, notices);
      const bytes = this.#bytes;
      if (i === 0) this.#opened = undefined;
      like ??= expectedOf(reader);
      const masked = stack?.withoutPadding(reader, i === this.#paths.length - 1) ?? reader;
      if (copies && !PARSED.has(reader.format)) copies.giveUp();
      yield copies?.copying(masked) ?? masked;
      if (bytes && !(isStdin(path) && this.#settings.followed)) reportTrailing(bytes, notices);
    }
    copies?.end();
  }

  async #open(at: number, like: InputOptions['like'], notices: Notices): Promise<MatrixReader> {
    const { role, check } = this.#settings;
    const opened = at === 0 && this.#columns === undefined ? this.#bytes : undefined;
    const source = await this.#source(at);
    const bytes = opened ?? (await openInput(source.name, role));
    this.#bytes = bytes;
    const own = optionsAt(this.#settings, source.place);
    const reader = await this.#openReader(bytes, { ...own, like }, notices);
    check?.(reader);
    this.#columns ??= reader;
    return reader;
  }

  /** What the name of a file stands for at the place that is read. */
  #source(at: number): Promise<PlacedName> {
    return sourceOf(this.#paths[at]!, this.#settings);
  }

  async #openReader(bytes: ByteReader, settings: InputSettings, notices: Notices): Promise<MatrixReader> {
    const { refuseMade, refuseSketch } = settings;
    if (refuseSketch && (await isSketchNext(bytes))) throw refuseSketch(bytes.name);
    if (!refuseMade) return openInputMatrix(bytes, settings, notices);
    const keys = await openKeys(bytes, readOptions(settings, notices), settings.inputFormat);
    if (keys.kind !== 'matrix') throw refuseMade(bytes.name, keys.kind === 'set' ? 'universal set' : 'sketch');
    reportMatrix(keys.reader, notices);
    return keys.reader;
  }
}

/** Formats whose rows take longer to make than to read. */
const PARSED: ReadonlySet<string> = new Set(['csv', 'ndjson', 'parquet']);

const NOUNS = { K: ['key', 'keys'], Q: ['query', 'queries'], V: ['row', 'rows'] } as const;

const spellRows = (role: InputSettings['role'], number: number): string =>
  `${count(number)} ${NOUNS[role][number === 1 ? 0 : 1]}`;

/** The error for a universal set or a sketch where a command takes K itself. */
export const refuseForKeys = (name: string, kind: string): Error =>
  dataError(`${name}: is a ${kind}; give K itself with --keys`);

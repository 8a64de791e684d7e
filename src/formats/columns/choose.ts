/**
 * Which of a table's columns make the matrix, for every format that has columns: those that are asked for, else those that are expected,
 * else the one floating list column, else every floating and boolean column where one is floating, else the same of integers.
 */

import { dataError, type LevattnError, usageError } from '../../errors.js';
import { areTold, type ColumnNames, checkNames, type ExpectedColumns, otherOrder } from '../../rows/column-names.js';
import { MAX_COLUMNS } from '../../rows/limits.js';
import { listed, shownColumn } from '../../text.js';
import type { ReadOptions } from '../format.js';
import { describeColumns } from './lacking.js';
import { findColumn, isPatternOfColumns, type Selected, selectColumns, selectIfThere } from './select.js';
import { labelOf, type TableColumn } from './table-column.js';

/** The word that stands for every column of numbers. */
const ALL_COLUMNS = 'all';

/** The most columns that a message lists. */
const LISTED = 40;

/** What is asked of a table. */
export type ColumnRequest = Pick<ReadOptions, 'column' | 'columns' | 'exclude' | 'idColumn' | 'like' | 'warn'>;

/** A column that is no part of the matrix because nobody named it. */
export interface LeftOut {
  /** 0-based. */
  readonly position: number;
  /** What it holds: `Int64`, `index`, `numbers with a percent sign`. */
  readonly why: string;
}

/** The choice among a table's columns. */
export interface ColumnChoice {
  /** One column of lists, or columns of numbers. */
  readonly kind: 'list' | 'numbers';
  /** 0-based positions, in the order in which they make a row. */
  readonly picked: readonly number[];
  /** Position of the column of ids. */
  readonly ids: number | undefined;
  /** Columns that could be meant as numbers and were left out. */
  readonly leftOut: readonly LeftOut[];
  /** Names of the columns of a row; undefined where they cannot be told by names. */
  readonly names: ColumnNames | undefined;
  /** Whether all are integers that nobody asked for: the file has no other numbers. */
  readonly onlyIntegers: boolean;
}

/**
 * Chooses the columns.
 * @param source - names the file
 * @throws LevattnError where there is no such column, no column of numbers, several list columns, too many columns, or not those that
 *   are expected
 */
export function chooseColumns(columns: readonly TableColumn[], request: ColumnRequest, source: string): ColumnChoice {
  return new Chooser(columns, request, source).choose();
}

/** The positions of columns of numbers; undefined where the matrix is a column of lists. */
export const numbersPicked = ({ kind, picked }: ColumnChoice): readonly number[] | undefined =>
  kind === 'numbers' ? picked : undefined;

class Chooser {
  readonly #ids: number | undefined;
  /** 0-based positions of the columns that are no part of the matrix because the user says so. */
  readonly #excluded: ReadonlySet<number>;

  constructor(
    readonly columns: readonly TableColumn[],
    readonly request: ColumnRequest,
    readonly source: string,
  ) {
    const { column, columns: given, idColumn } = request;
    if (column !== undefined && given !== undefined) {
      throw usageError('--column names a list column and --columns number columns; give one of the two');
    }
    this.#ids = idColumn === undefined ? undefined : findColumn(this.columns, idColumn, this.source);
    // What the first table has and others may lack is looked for in the first alone.
    const select = request.like ? selectIfThere : selectColumns;
    const excluded = (request.exclude ?? []).map((entry) => select(columns, entry, source));
    this.#excluded = new Set(excluded.flatMap((selected) => selected?.positions ?? []));
  }

  choose(): ColumnChoice {
    const { column, columns: given, like, warn } = this.request;
    if (column !== undefined) return this.#list(this.#askedList(column));
    if (given !== undefined) {
      const before = this.#asBefore(given);
      if (before) return this.#numbers(before, [], { chosen: true });
      // Columns that are asked for by position have no names to compare.
      const { positions, byName } = this.#asked(given);
      return this.#numbers(
        byName ? this.#inExpectedOrder(positions) : positions,
        [],
        byName ? { chosen: true } : undefined,
      );
    }
    const standard = this.#standard();
    if (standard.kind === 'list') return this.#list(standard.picked[0]!);
    const expected = like && this.#expected(like, standard.picked);
    if (!expected)
      return this.#numbers(standard.picked, this.#restOf(standard.picked), { chosen: this.#excluded.size > 0 });
    if (!isAscending(expected)) warn?.(otherOrder(this.source, like.of));
    return this.#numbers(expected, this.#restOf(expected), like);
  }

  /**
   * The columns that ranges, globs or exclusions stood for in a table before this one, by name; undefined where there was none, or this
   * is another matrix, whose columns have other names.
   */
  #asBefore(given: readonly string[]): readonly number[] | undefined {
    const { like, exclude } = this.request;
    const resolved = isAll(given) || given.some(isPatternOfColumns) || exclude !== undefined;
    if (!like || !resolved || !areTold(like.names) || this.columns.every(({ name }) => !name)) return undefined;
    const there = like.names.filter((name) => this.columns.some((column) => column.name === name));
    if (!checkNames(like, there, this.source)) return undefined;
    const picked = like.names.map((name) => findColumn(this.columns, name, this.source));
    for (const position of picked) this.#checkNumber(position);
    return picked;
  }

  /** The columns that the user names, in that order. */
  #asked(given: readonly string[]): Pick<Selected, 'positions' | 'byName'> {
    if (given.length === 0) throw usageError('--columns names no column; name one at least');
    if (isAll(given) && !this.columns.some(({ name }) => name === ALL_COLUMNS)) {
      const all = this.#where(({ kind }) => isNumber(kind));
      if (all.length === 0) throw this.#noMatrix();
      return { positions: all, byName: true };
    }
    const picked = new Set<number>();
    const single = new Set<number>();
    let byName = true;
    for (const entry of given) {
      const selected = selectColumns(this.columns, entry, this.source);
      byName &&= selected.byName;
      for (const position of selected.positions) {
        if (selected.several && (position === this.#ids || this.#excluded.has(position))) continue;
        if (!selected.several && single.has(position)) {
          throw usageError(`--columns names ${shownColumn(entry)} twice; name each column once`);
        }
        if (!selected.several) single.add(position);
        if (!this.#excluded.has(position)) this.#checkNumber(position);
        picked.add(position);
      }
    }
    const positions = [...picked].filter((position) => !this.#excluded.has(position));
    if (positions.length === 0) {
      throw usageError(
        this.#excluded.size > 0
          ? '--exclude leaves none of the columns that --columns names; leave one'
          : `--columns names nothing but the ids in ${this.source}; name another column`,
      );
    }
    return { positions, byName };
  }

  /** @throws LevattnError where a column that is asked for holds no numbers */
  #checkNumber(position: number): void {
    if (position === this.#ids) throw this.#forBoth(position);
    const { kind } = this.columns[position]!;
    if (isNumber(kind) || kind === 'unsure' || kind === 'time') return;
    throw this.#notOfKind(
      position,
      isList(kind)
        ? 'a number; name a list column with --column'
        : 'a number; name a list column with --column, or leave this one out with --exclude',
    );
  }

  #askedList(name: string): number {
    const position = findColumn(this.columns, name, this.source);
    if (position === this.#ids) throw this.#forBoth(position);
    if (isList(this.columns[position]!.kind)) return position;
    throw this.#notOfKind(position, 'a list of numbers; name number columns with --columns');
  }

  /** What the columns themselves suggest. */
  #standard(): Pick<ColumnChoice, 'kind' | 'picked'> {
    for (const floating of [true, false]) {
      const lists = this.#where(({ kind }) => kind === (floating ? 'list-floating' : 'list-integer'));
      if (lists.length > 1) {
        throw dataError(
          `${this.source}: several list columns: ${describeColumns(this.columns, lists)}; name one with --column`,
        );
      }
      if (lists.length === 1) return { kind: 'list', picked: lists };
      const kinds = floating ? ['floating', 'boolean'] : ['integer', 'boolean'];
      const numbers = this.#where(({ kind }) => kinds.includes(kind));
      const floats = this.#where(({ kind }) => kind === 'floating');
      if (floating ? floats.length > 0 : numbers.length > 0) return { kind: 'numbers', picked: numbers };
    }
    throw this.#noMatrix();
  }

  /** The columns that are expected, wherever they stand; undefined where names say nothing. */
  #expected(like: ExpectedColumns, standard: readonly number[]): readonly number[] | undefined {
    if (!areTold(like.names) || !areTold(standard.map((position) => this.columns[position]!.name))) return undefined;
    const known = new Set(like.names);
    const there = new Map<string, number>();
    for (const [position, { name, kind }] of this.columns.entries()) {
      if (
        name !== undefined &&
        known.has(name) &&
        position !== this.#ids &&
        (isNumber(kind) || kind === 'unsure' || kind === 'time')
      ) {
        there.set(name, position);
      }
    }
    const complete = there.size === known.size;
    const fresh = standard
      .map((position) => this.columns[position]!)
      // Integers may be among them because the expected columns hold whole numbers here: they are left out then, which is said.
      .filter(({ name, kind }) => !known.has(name!) && !(complete && (kind === 'integer' || like.chosen)))
      .map(({ name }) => name!);
    if (!checkNames(like, [...there.keys(), ...fresh], this.source)) {
      this.request.warn?.(
        `${this.source}: its columns have other names than those of ${like.of}; they are taken by position`,
      );
      return undefined;
    }
    return like.names.map((name) => there.get(name)!);
  }

  /** Columns that the user names, in the order of those that are expected where they are the same. */
  #inExpectedOrder(picked: readonly number[]): readonly number[] {
    const { like, warn } = this.request;
    const names: readonly (string | undefined)[] = picked.map((position) => this.columns[position]!.name);
    if (!like || !areTold(names) || !areTold(like.names)) return picked;
    if (!checkNames(like, names, this.source)) return picked;
    const ordered = like.names.map((name) => picked[names.indexOf(name)]!);
    if (ordered.some((position, i) => position !== picked[i])) warn?.(otherOrder(this.source, like.of));
    return ordered;
  }

  #list(position: number): ColumnChoice {
    return {
      kind: 'list',
      picked: [position],
      ids: this.#ids,
      leftOut: this.#restOf([position], true),
      names: undefined,
      onlyIntegers: false,
    };
  }

  /** @param named - undefined where the columns are not to be compared by name */
  #numbers(
    picked: readonly number[],
    leftOut: readonly LeftOut[],
    named: Pick<ColumnNames, 'chosen'> | undefined,
  ): ColumnChoice {
    if (picked.length > MAX_COLUMNS) {
      throw dataError(
        `${this.source}: ${picked.length} columns, more than the ${MAX_COLUMNS} that are supported; is it transposed?`,
      );
    }
    const names = picked.map((position) => this.columns[position]!.name);
    return {
      kind: 'numbers',
      picked,
      ids: this.#ids,
      leftOut,
      names: named && areTold(names) ? { names, chosen: named.chosen } : undefined,
      onlyIntegers:
        this.request.columns === undefined && picked.every((position) => this.columns[position]!.kind === 'integer'),
    };
  }

  /** What could be meant as numbers beside the columns that were picked. */
  #restOf(picked: readonly number[], ofLists = false): LeftOut[] {
    const taken = new Set(this.#ids === undefined ? picked : [...picked, this.#ids]);
    return this.columns.flatMap(({ kind, type, meant, index }, position) => {
      if (taken.has(position) || this.#excluded.has(position)) return [];
      // Beside lists an integer is an id.
      const numbers = ofLists ? kind === 'floating' || isList(kind) : isNumber(kind) || isList(kind);
      const why = index ? 'index' : (meant ?? (numbers ? type || kind : undefined));
      return why === undefined ? [] : [{ position, why }];
    });
  }

  /** Positions of columns that may be chosen by themselves. */
  #where(test: (column: TableColumn) => boolean): number[] {
    return this.columns.flatMap((column, position) =>
      position !== this.#ids && !this.#excluded.has(position) && !column.index && test(column) ? [position] : [],
    );
  }

  #noMatrix(): LevattnError {
    const there = describeColumns(this.columns, this.columns.keys()) || 'none';
    return dataError(
      `${this.source}: no matrix in its columns (${there}); a column of lists of numbers or columns of numbers are expected; choose with --columns`,
    );
  }

  #forBoth(position: number): LevattnError {
    return usageError(
      `column ${labelOf(this.columns, position)} is named for the ids and for the matrix; it can be one of the two`,
    );
  }

  #notOfKind(position: number, expected: string): LevattnError {
    const { type } = this.columns[position]!;
    return dataError(`${this.source}: column ${labelOf(this.columns, position)} is ${type}, not ${expected}`);
  }
}

const isNumber = (kind: TableColumn['kind']): boolean =>
  kind === 'floating' || kind === 'boolean' || kind === 'integer';

const isList = (kind: TableColumn['kind']): boolean => kind === 'list-floating' || kind === 'list-integer';

/** Whether every column of numbers is asked for. */
export const isAll = (given: readonly string[]): boolean => given.length === 1 && given[0] === ALL_COLUMNS;

const isAscending = (positions: readonly number[]): boolean =>
  positions.every((position, i) => i === 0 || position > positions[i - 1]!);

/** What was left out, each with what it holds: `id (Int64), share (numbers with a percent sign)`. */
export const describeLeftOut = (columns: readonly TableColumn[], leftOut: readonly LeftOut[]): string =>
  listed(
    leftOut.map(({ position, why }) => `${labelOf(columns, position)} (${why})`),
    LISTED,
  );

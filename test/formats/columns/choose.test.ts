/** The choice among a table's columns, whatever its format. */

import { describe, expect, it } from 'vitest';
import { type ColumnRequest, chooseColumns } from '../../../src/formats/columns/choose.js';
import type { ColumnKind, TableColumn } from '../../../src/formats/columns/table-column.js';

const column = (name: string | undefined, kind: ColumnKind, more: Partial<TableColumn> = {}): TableColumn => ({
  name,
  kind,
  type: kind,
  ...more,
});

const choose = (columns: readonly TableColumn[], request: ColumnRequest = {}) => chooseColumns(columns, request, 't');

const pickedOf = (columns: readonly TableColumn[], request?: ColumnRequest) => choose(columns, request).picked;

const MIXED = [
  column('id', 'integer'),
  column('x', 'floating'),
  column('hot', 'boolean'),
  column('price', 'other', { meant: 'numbers with a currency' }),
  column('name', 'other'),
  column('y', 'floating'),
];

describe('without a request', () => {
  it('floating columns and booleans; the others that could be meant are named', () => {
    const choice = choose(MIXED);
    expect(choice.picked).toEqual([1, 2, 5]);
    expect(choice.leftOut).toEqual([
      { position: 0, why: 'integer' },
      { position: 3, why: 'numbers with a currency' },
    ]);
    expect(choice.names).toEqual({ names: ['x', 'hot', 'y'], chosen: false });
  });

  it('integers and booleans only where nothing is floating', () => {
    const choice = choose([column('a', 'integer'), column('hot', 'boolean'), column('t', 'unsure')]);
    expect([choice.kind, choice.picked, choice.onlyIntegers]).toEqual(['numbers', [0, 1], false]);
    expect(choose([column('a', 'integer'), column('b', 'integer')]).onlyIntegers).toBe(true);
  });

  it('the one list of floating numbers, with what else could be K named', () => {
    const choice = choose([column('id', 'integer'), column('tokens', 'list-integer'), column('e', 'list-floating')]);
    expect([choice.kind, choice.picked]).toEqual(['list', [2]]);
    expect(choice.leftOut.map(({ position }) => position)).toEqual([1]);
    expect(() => choose([column('a', 'list-floating'), column('b', 'list-floating')])).toThrow(/several list columns/);
  });

  it('no index, which is named', () => {
    const choice = choose([column('i', 'floating', { index: true }), column('x', 'floating')]);
    expect([choice.picked, choice.leftOut]).toEqual([[1], [{ position: 0, why: 'index' }]]);
    expect(pickedOf([column('i', 'floating', { index: true }), column('x', 'floating')], { columns: ['i'] })).toEqual([
      0,
    ]);
  });

  it('refuses a table without numbers', () => {
    expect(() => choose([column('name', 'other')])).toThrow('t: no matrix in its columns (name: other)');
  });
});

describe('with names', () => {
  it('in the order asked for, by position where no column has the name', () => {
    expect(pickedOf(MIXED, { columns: ['y', 'id', '1'] })).toEqual([5, 0, 1]);
    expect(choose(MIXED, { columns: ['y', '1'] }).names).toBeUndefined();
    expect(choose(MIXED, { columns: ['y', 'x'] }).names).toEqual({ names: ['y', 'x'], chosen: true });
  });

  it('all: every column of numbers but ids and index', () => {
    expect(pickedOf(MIXED, { columns: ['all'] })).toEqual([0, 1, 2, 5]);
    expect(pickedOf(MIXED, { columns: ['all'], idColumn: 'id' })).toEqual([1, 2, 5]);
    expect(pickedOf([column('x', 'floating'), column('all', 'floating')], { columns: ['all'] })).toEqual([1]);
  });

  it.each<[string, ColumnRequest, RegExp]>([
    ['text', { columns: ['name'] }, /column name is other, not a number/],
    ['none of the name', { columns: ['z'] }, /no column z; there are id: integer, x: floating/],
    ['twice', { columns: ['x', 'x'] }, /names x twice/],
    ['ids for both', { columns: ['id'], idColumn: 'id' }, /named for the ids and for the matrix/],
    ['list and numbers', { columns: ['x'], column: 'x' }, /give one of the two/],
    ['no list', { column: 'x' }, /column x is floating, not a list of numbers/],
  ])('refuses %s', (_, request, message) => {
    expect(() => choose(MIXED, request)).toThrow(message);
  });

  it('of two columns of one name asks for positions', () => {
    const twins = [column('x', 'floating'), column('x', 'floating')];
    expect(() => choose(twins, { columns: ['x'] })).toThrow(
      /more than one column is named x; give their 0-based positions/,
    );
    expect(pickedOf(twins, { columns: ['1', '0'] })).toEqual([1, 0]);
    expect(choose(twins)).toMatchObject({ picked: [0, 1], names: undefined });
  });
});

describe('with expected columns', () => {
  const like = { names: ['x', 'y'], chosen: false, of: 'first' };
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const expecting = (columns: readonly TableColumn[], more: ColumnRequest = {}) => {
    warnings.length = 0;
    return pickedOf(columns, { like, warn, ...more });
  };

  it('puts them in order, and says so', () => {
    expect(expecting([column('y', 'floating'), column('x', 'floating')])).toEqual([1, 0]);
    expect(warnings).toEqual([
      't: its columns are in another order than those of first; they are put in that order, by name',
    ]);
    expect(expecting([column('x', 'floating'), column('s', 'other'), column('y', 'floating')])).toEqual([0, 2]);
    expect(warnings).toEqual([]);
  });

  it('knows them where they hold whole numbers, or nothing that was looked at', () => {
    expect(expecting([column('id', 'integer'), column('x', 'integer'), column('y', 'integer')])).toEqual([1, 2]);
    expect(expecting([column('x', 'floating'), column('y', 'unsure')])).toEqual([0, 1]);
  });

  it('lists what is missing and what is new', () => {
    expect(() => expecting([column('x', 'floating'), column('z', 'floating')])).toThrow('(missing: y; new: z)');
    expect(() => expecting([column('x', 'floating')])).toThrow('(missing: y)');
    expect(() => expecting([column('x', 'floating'), column('y', 'floating'), column('z', 'floating')])).toThrow(
      '(new: z)',
    );
  });

  it('passes over new ones where they were chosen, and names them', () => {
    const columns = [column('z', 'floating'), column('x', 'floating'), column('y', 'floating')];
    const choice = choose(columns, { like: { ...like, chosen: true } });
    expect([choice.picked, choice.leftOut.map(({ position }) => position)]).toEqual([[1, 2], [0]]);
  });

  it('takes a table without names by position, and lists', () => {
    expect(expecting([column(undefined, 'floating'), column(undefined, 'floating')])).toEqual([0, 1]);
    expect(expecting([column('key', 'list-floating')])).toEqual([0]);
  });

  it('takes other names altogether by position where they may differ', () => {
    const columns = [column('p', 'floating'), column('q', 'floating')];
    expect(() => expecting(columns)).toThrow('(missing: x, y; new: p, q)');
    expect(expecting(columns, { like: { ...like, otherNames: true } })).toEqual([0, 1]);
    expect(warnings).toHaveLength(1);
    expect(() =>
      expecting([column('p', 'floating'), column('x', 'floating')], { like: { ...like, otherNames: true } }),
    ).toThrow('(missing: y; new: p)');
  });

  it('holds for columns that are asked for by name, not by position', () => {
    const columns = [column('y', 'floating'), column('x', 'floating')];
    expect(expecting(columns, { columns: ['y', 'x'] })).toEqual([1, 0]);
    expect(expecting(columns, { columns: ['0', '1'] })).toEqual([0, 1]);
    expect(() => expecting(columns, { columns: ['y'] })).toThrow('(missing: x)');
  });
});

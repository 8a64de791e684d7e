/** `levattn select-keys --by`: k keys by another choice, against plain NumPy (fixtures/selectors); and coverage of lists and kept keys. */

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { byScore } from '../../src/selectors/order.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { headFile } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const of = (file: string): string => fixturePath(`selectors/plain/${file}`);
const expected = JSON.parse(readFileSync(of('expected.json'), 'utf8')) as {
  observed: number[];
  scores: Record<string, number[]>;
  orders: Record<string, number[]>;
};

/** A list of whole numbers as npy. */
function listFile(name: string, rows: readonly number[]): string {
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (${rows.length},), }`.padEnd(117).concat('\n');
  const bytes = Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]),
    Buffer.from(header, 'latin1'),
    Buffer.from(BigInt64Array.from(rows, BigInt).buffer),
  ]);
  writeFileSync(folder.at(name), bytes);
  return folder.at(name);
}

const ok = async (args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

/** The observed queries of the fixture as a file of their own. */
function observedFile(): string {
  const Q = loadMatrix(of('Q.npy'));
  const lines = expected.observed.map((row) => Q.values.subarray(row * Q.d, (row + 1) * Q.d).join(','));
  return folder.write('observed.csv', Buffer.from(`${lines.join('\n')}\n`));
}

describe('select-keys --by', () => {
  test.each(['centred-norm', 'observed', 'keydiff', 'q-filter', 'snapkv', 'centred-leverage:ridge=1', 'lewis:p=4'])(
    '%s: index and score, the first one first',
    async (by) => {
      const args = [
        'select-keys',
        of('K.npy'),
        '--top',
        '12',
        '--by',
        by,
        ...(/^(observed|snapkv|q-filter)/.test(by) ? ['--queries', observedFile()] : []),
        '--format',
        'csv',
      ];
      const [head, ...lines] = (await ok(args)).trim().split('\n');
      expect(head).toBe('index,score');
      const scores = Float64Array.from(expected.scores[by]);
      expect(lines.map((line) => Number(line.split(',')[0]))).toEqual([...byScore(scores)].slice(0, 12));
      for (const line of lines) {
        const [index, score] = line.split(',').map(Number);
        expect(Math.abs(score - scores[index])).toBeLessThan(2e-4 * Math.max(...scores.map(Math.abs)));
      }
    },
  );

  test('orders alone have no score', async () => {
    const args = ['select-keys', of('K.npy'), '--seed', '7', '--top', '24', '--format', 'ndjson'];
    for (const by of ['kernel-pivots', 'rp-cholesky']) {
      const rows = (await ok([...args, '--by', by]))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(rows.map(({ index }) => index)).toEqual(expected.orders[by]);
      expect(rows[0].score).toBeNull();
    }
    const last = (await ok([...args, '--by', 'first+last']))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).index);
    expect(last.slice(0, 4)).toEqual([89, 0, 88, 1]);
  });

  test('rows are those of K, where some are padding; more than there are: all', async () => {
    const mask = folder.write(
      'mask.txt',
      Buffer.from([...new Array(90)].map((_, j) => (j % 3 === 0 ? 0 : 1)).join('\n')),
    );
    const args = ['select-keys', of('K.npy'), '--mask', mask, '--top', '500', '--by', 'key-norm', '--format', 'csv'];
    const rows = (await ok(args))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    const wanted = [...byScore(Float64Array.from(expected.scores['key-norm']))].filter((j) => j % 3 !== 0);
    expect(rows).toEqual(wanted);
  });

  test('each head by itself, and attend takes the list', async () => {
    const list = folder.at('heads.npy');
    await ok(['select-keys', headFile('K-hnd.npy'), '--top', '5', '--by', 'centred-norm', '-o', list]);
    const args = [headFile('Q-hnd.npy'), '--keys', headFile('K-hnd.npy'), '--values', headFile('K-hnd.npy')];
    await ok(['attend', ...args, '--rows', list, '-o', folder.at('O.npy')]);
    const json = JSON.parse(
      await ok([
        'coverage',
        ...args.slice(0, 3),
        '--f',
        'softmax',
        '--rows',
        `mine=${list}`,
        '--by',
        'centred-norm',
        '--k',
        '5',
        '--json',
      ]),
    );
    for (const { functions } of json.heads) {
      const mass = (name: string) =>
        functions[0].coverage.find((row: { selection: string; k: number }) => row.selection === name && row.k === 5)
          .mass;
      expect(mass('mine')).toBe(mass('centred-norm'));
    }
  });

  test('heavy refuses it as a universal set', async () => {
    const path = folder.at('choice.arrow');
    await ok(['select-keys', of('K.npy'), '--top', '5', '--by', 'centred-norm', '-o', path]);
    for (const args of [
      ['heavy', of('Q.npy'), '--keys', path],
      ['attend', of('Q.npy'), '--keys', path, '--values', of('V.npy'), '-o', folder.at('O.npy')],
    ]) {
      const outcome = await run(args);
      expect([outcome.code, errorLine(outcome)]).toEqual([
        65,
        expect.stringMatching(/choice\.arrow: is a choice of keys, not a universal set/),
      ]);
    }
    expect(readFileSync(path, 'latin1')).toMatch(
      /"format":"levattn\.choice","version":1,"universal":false,"k":5,"by":"centred-norm"/,
    );
  });

  test.each([
    [['--by', 'centred-norm'], /--by centred-norm needs --top, the number of keys to choose/],
    [['--by', 'luck', '--top', '3'], /unknown selection 'luck'; there are leverage, /],
    [['--by', 'observed', '--top', '3'], /'observed' needs observed queries/],
    [['--by', 'cur', '--top', '3'], /'cur' needs V/],
    [['--by', 'key-norm,random', '--top', '3'], /takes one selection here/],
    [['--by', 'key-norm', '--top', '3', '--eps', '0.1'], /--eps is for universal sets/],
    [['--by', 'key-norm', '--top', '3', '--passes', '2'], /--passes is for universal sets/],
    [['--queries', of('Q.npy')], /--queries is for a choice of keys/],
  ])('%j', async (args, message) => {
    const outcome = await run(['select-keys', of('K.npy'), ...args]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(64);
  });

  test('K from a pipe is read once only', async () => {
    const outcome = await run(['select-keys', '--by', 'key-norm', '--top', '3'], { stdin: readFileSync(of('K.npy')) });
    expect(errorLine(outcome)).toMatch(/--by key-norm reads K more than once/);
  });
});

describe('coverage of lists and kept keys', () => {
  const at = [of('Q.npy'), '--keys', of('K.npy'), '--f', 'softmax', '--k', '4,20', '--json'];
  interface Row {
    selection: string;
    k: number;
    mass: number;
  }
  const rowsOf = async (args: readonly string[]) => JSON.parse(await ok(['coverage', ...at, ...args]));

  test('a list is taken in its order, its length is one more k, and nothing is said beyond', async () => {
    const order = [...byScore(Float64Array.from(expected.scores['centred-norm']))].slice(0, 9);
    const { functions, sizes } = await rowsOf([
      '--by',
      'centred-norm',
      '--rows',
      `mine=${listFile('mine.npy', order)}`,
    ]);
    expect(sizes).toEqual(expect.arrayContaining([4, 9, 20]));
    const rows: Row[] = functions[0].coverage;
    const own = rows.filter(({ selection }) => selection === 'mine');
    expect(own.map(({ k }) => k)).toEqual(sizes.filter((k: number) => k <= 9));
    for (const { k, mass } of own) {
      expect(mass).toBe(rows.find((row) => row.selection === 'centred-norm' && row.k === k)!.mass);
    }
    expect(functions[0].needed.find(({ selection }: Row) => selection === 'mine').k).toEqual([0, 0, 0]);
  });

  test('kept keys count among k: the same as a list that begins with them', async () => {
    const kept = [89, 0, 88, 1, 87, 86];
    const rest = [...byScore(Float64Array.from(expected.scores['centred-norm']))].filter((j) => !kept.includes(j));
    const list = listFile('kept.npy', [...kept, ...rest].slice(0, 20));
    const [one, other] = await Promise.all([
      rowsOf(['--by', 'centred-norm', '--keep', 'first:2,last:4']),
      rowsOf(['--by', 'random', '--rows', `mine=${list}`]),
    ]);
    for (const k of [4, 20]) {
      const mass = (report: typeof one, name: string) =>
        report.functions[0].coverage.find((row: Row) => row.selection === name && row.k === k).mass;
      expect(mass(one, 'centred-norm')).toBeCloseTo(mass(other, 'mine'), 12);
    }
  });

  test('queries that were observed are not measured, and it is said', async () => {
    const text = await ok(['coverage', ...at.slice(0, -1), '--by', 'observed', '--observe', 'random:40']);
    expect(text).toMatch(/; 80 queries; .*\n40 queries observed beforehand, not measured: random:40\n/);
    const elsewhere = await rowsOf(['--by', 'observed', '--queries', observedFile()]);
    expect([elsewhere.queries, elsewhere.observed]).toEqual([120, 40]);
    expect(elsewhere.observedFrom).toMatch(/observed\.csv$/);
    const path = folder.at('seen.csv');
    await ok(['coverage', ...at.slice(0, -1), '--by', 'observed', '--observe', 'last:30', '-o', path]);
    const [head, line] = readFileSync(path, 'utf8')
      .split('\n')
      .map((one) => one.split(','));
    expect([line[head.indexOf('queries')], line[head.indexOf('observed')]]).toEqual(['90', '30']);
  });

  test.each([
    [['--by', 'observed'], 64, /'observed' needs observed queries/],
    [['--rows', 'random=x.npy'], 64, /there is a selection 'random'; call it something else/],
    [['--rows', 'x.npy'], 64, /must be NAME=FILE/],
    [['--keep', 'middle:3'], 64, /must be first:S/],
    [['--observe', 'some'], 64, /first:M, last:M or random:M/],
    [['--by', 'cur'], 64, /'cur' needs V/],
  ] as const)('%j', async (args, code, message) => {
    const outcome = await run(['coverage', ...at, ...args]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  test('options that change nothing are told of', async () => {
    const told = async (args: readonly string[]): Promise<string> => {
      const { code, stderr } = await run(args);
      expect(code).toBe(0);
      return stderr;
    };
    const choose = ['select-keys', of('K.npy'), '--top', '3', '--by', 'leverage', '--format', 'csv'];
    expect(await told([...choose, '--queries', observedFile()])).toMatch(
      /--queries \S+observed\.csv: not read, as no observed queries are needed by leverage\n/,
    );
    expect(await told(['coverage', ...at, '--by', 'leverage', '--draws', '3'])).toMatch(/--draws changes nothing/);
    expect(await told(['coverage', ...at, '--by', 'first+last', '--keep', 'last:3'])).toMatch(/--keep changes nothing/);
    expect(await told(['coverage', ...at, '--by', 'random', '--draws', '3', '--keep', 'last:3'])).toBe('');
  });

  test('rows that K has not', async () => {
    const outcome = await run(['coverage', ...at, '--rows', `mine=${listFile('far.npy', [3, 900])}`]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/far\.npy: entry 1 names row 900, and \S*K\S* has [\d,]+ rows; leave it out/),
    ]);
  });
});

/**
 * `--mask` and `--query-mask` on the built program: whatever is made with a mask knows it, the same one is taken, another or none is
 * refused, and queries that are padding count nowhere.
 */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { expectEntries, type Question, scoresOf } from '../entries/exact/brute-force.js';
import { npyFrom, npyHeader, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, type Matrix } from '../support/fixtures.js';
import { ANSWERS, headFile } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { KEYS, MASK, MASKED, OTHER_MASK, QUERIES, withoutRows } from '../support/masked.js';
import { errorLine, type Outcome } from '../support/program.js';
import { expectRows, fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();

const npyMask = (name: string, mask: Uint8Array): string =>
  folder.write(name, Buffer.concat([npyHeader('|b1', [mask.length]), mask]));

const K = folder.write('K.npy', npyFrom(KEYS, 'float64'));
const Q = folder.write('Q.npy', npyFrom(QUERIES, 'float64'));
const M = npyMask('m.npy', MASK);
/** The same as text: what is compared is the mask and not its file. */
const TEXT = folder.write('m.txt', `${[...MASK].join('\n')}\n`);
const OTHER = npyMask('other.npy', OTHER_MASK);
const U = folder.at('U.arrow');
const LEV = folder.at('K.lev');
const PLAIN = folder.at('plain.arrow');
/** K without the rows that are not finite, which only a mask lets pass. */
const FINITE = folder.write('finite.npy', npyFrom({ ...KEYS, values: KEYS.values.map((x) => x || 0) }, 'float64'));

const succeed = async (args: readonly string[], stdin?: Uint8Array): Promise<Outcome> => {
  const outcome = await run(args, stdin && { stdin });
  expect({ args, code: outcome.code, stderr: outcome.stderr }).toEqual({ args, code: 0, stderr: '' });
  return outcome;
};

const json = async (args: readonly string[]) => JSON.parse((await succeed([...args, '--json'])).stdout.toString());

const ask = (f: string, eps: number, sees = (_i: number, _j: number): boolean => true): Question => ({
  K: KEYS,
  Q: QUERIES,
  f: parseFunction(f),
  eps,
  sees: (i, j) => MASK[i] !== 0 && MASK[j] !== 0 && sees(i, j),
});

/** Entries of a CSV table are those of brute force; where a query was in no doubt, its scores are estimates within bounds. */
function expectHeavy({ stdout }: Pick<Outcome, 'stdout'>, question: Question): void {
  const { columns, rows } = fromCsv(stdout);
  const entries = rows.map(([query, key, score, lower, upper]): [number, number, number] => {
    const exact = columns.length === 3 || lower === upper;
    return [query!, key!, exact ? score! : scoresOf(question, query!)[key!]!];
  });
  expectEntries(entries, question, 1e-5);
}

const F = 'power:4';
const EPS = '0.05';

beforeAll(async () => {
  const made = ['--f', F, '--eps', EPS];
  await Promise.all([
    succeed(['select-keys', ...made, '--mask', M, K, '-o', U]),
    succeed(['sketch', ...made, '--mask', TEXT, K, '-o', LEV]),
    succeed(['select-keys', ...made, FINITE, '-o', PLAIN]),
  ]);
});

describe('heavy', () => {
  test.each(['U.arrow', 'K.lev'])('from %s, certified: padding is not summed', async (name) => {
    const args = ['heavy', '--keys', folder.at(name), '--certify', K, '--mask', M, Q, '--format', 'csv'];
    expectHeavy(await succeed(args), ask(F, 0.05));
  });

  test('from K itself, certified', async () => {
    const args = ['heavy', '--f', 'huber:1', '--eps', '0.015', '--keys', K, '--certify', K, '--mask', TEXT, Q];
    expectHeavy(await succeed([...args, '--format', 'csv']), ask('huber:1', 0.015));
  });

  test.each([
    ['x^2', ['--eps', '0.03'], 'power:2', 0.03, false],
    ['causal', ['--eps', '0.03', '--causal'], 'power:2', 0.03, true],
    ['softmax', ['--f', 'softmax', '--eps', '0.02'], 'softmax', 0.02, false],
    ['exact, causal', ['--f', F, '--eps', EPS, '--exact', '--causal'], F, 0.05, true],
  ] as const)('%s', async (_, options, f, eps, causal) => {
    const args = ['heavy', ...options, '--keys', K, '--mask', M, Q, '--format', 'csv'];
    expectHeavy(
      await succeed(args),
      ask(f, eps, (i, j) => !causal || j <= i),
    );
  });

  test('U without the mask at hand: entries are right, and queries that may be padding are told of', async () => {
    const queries = folder.write(
      'finite-Q.npy',
      npyFrom({ ...QUERIES, values: QUERIES.values.map((x) => (Number.isFinite(x) ? x : 0)) }, 'float64'),
    );
    const args = ['heavy', '--keys', U, queries, '--format', 'csv'];
    const { code, stderr } = await run(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`U\\.arrow was made with a mask, .*${MASKED} queries may be padding: give --mask`),
    );
    await succeed([...args, '--query-mask', 'none', '--nan', 'skip', '-q']);
  });

  test('heads, each example with its own mask', async () => {
    const heads = folder.at('heads.arrow');
    const mask = headFile('mask.npy');
    await succeed(['select-keys', '--eps', String(ANSWERS.eps), headFile('K-bhnd.npy'), '--mask', mask, '-o', heads]);
    const args = ['heavy', '--keys', heads, headFile('Q-bhnd.npy'), '--format', 'csv'];
    expectRows(fromCsv((await succeed(args)).stdout), ANSWERS.maskedEntries, 1e-9);
    expectRows(fromCsv((await succeed([...args, '--mask', mask])).stdout), ANSWERS.maskedEntries, 1e-9);
    const swapped = readFileSync(mask);
    const body = swapped.subarray(-120);
    swapped.set(Buffer.concat([body.subarray(60), body.subarray(0, 60)]), swapped.length - 120);
    const other = await run([...args, '--mask', folder.write('swapped.npy', swapped)]);
    expect([other.code, errorLine(other)]).toEqual([
      64,
      expect.stringMatching(/heads\.arrow: was made without --mask/),
    ]);
  });
});

describe('another mask, or none, is refused', { tags: ['slow'] }, () => {
  const V = folder.write('V.npy', npyFrom(withNumbers(KEYS), 'float64'));
  const commands: Readonly<Record<string, (set: string, k: string) => string[]>> = {
    'heavy --certify': (set, k) => ['heavy', '--keys', set, '--certify', k, Q],
    verify: (set, k) => ['verify', '--keys', k, '--set', set],
    'scores --sketch': (set, k) => ['scores', '--sketch', set, k],
    'attend --compare': (set, k) => ['attend', '--keys', set, '--values', V, '--compare', k, Q],
  };

  describe.each(['U.arrow', 'K.lev'])('%s', (name) => {
    test.each(Object.keys(commands))('%s', async (command) => {
      const args = commands[command]!(folder.at(name), K);
      const [none, another, same] = await Promise.all([
        run(args),
        run([...args, '--mask', OTHER]),
        run([...args, '--mask', TEXT]),
      ]);
      expect(errorLine(none)).toMatch(
        new RegExp(
          `${name}: was made with a mask, which says that ${MASKED} of its 240 rows are padding; give the same`,
        ),
      );
      expect(none.code).toBe(64);
      expect(errorLine(another)).toMatch(
        /other\.npy: is another mask than the one that .* was made with: .* give that one/,
      );
      expect(another.code).toBe(65);
      expect([same.code, same.stderr]).toEqual([0, '']);
    });
  });

  test.each(Object.keys(commands))('%s: a mask for what was made without', async (command) => {
    const outcome = await run([...commands[command]!(PLAIN, FINITE), '--mask', M]);
    expect(errorLine(outcome)).toMatch(/plain\.arrow: was made without --mask.*make it again with --mask/);
    expect(outcome.code).toBe(64);
  });

  test('select-keys and heavy, where K is not read', async () => {
    for (const args of [
      ['select-keys', LEV],
      ['heavy', '--keys', LEV, Q],
      ['heavy', '--keys', U, Q],
    ]) {
      const other = await run([...args, '--mask', OTHER]);
      expect([other.code, errorLine(other)]).toEqual([65, expect.stringMatching(/is another mask/)]);
      const same = await run([...args, '--mask', M]);
      expect([same.code, same.stderr]).toEqual([0, '']);
    }
  });

  test('a mask that takes nothing out is as none', async () => {
    const ones = npyMask('ones.npy', new Uint8Array(240).fill(1));
    await succeed(['scores', '--sketch', PLAIN, FINITE, '--mask', ones]);
    await succeed(['select-keys', FINITE, '--mask', ones, '-o', folder.at('ones.arrow')]);
    await succeed(['scores', '--sketch', folder.at('ones.arrow'), FINITE]);
  });

  test('a mask that takes everything out', async () => {
    const outcome = await run(['select-keys', K, '--mask', npyMask('zeros.npy', new Uint8Array(240))]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/zeros\.npy: all is padding.*~mask/),
    ]);
  });

  test('inspect tells how many and which', async () => {
    const [set, sketch] = await Promise.all([json(['inspect', U]), json(['inspect', LEV])]);
    // By hashlib.sha256 of the bytes; test/matrix/masked-rows.test.ts holds it to Python's.
    const masks = [{ start: 0, rows: 240, masked: MASKED, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }];
    expect(set.universalSet).toMatchObject({ padding: MASKED, masks });
    expect(sketch.sketch).toMatchObject({ padding: MASKED, masks });
    expect(set.universalSet.masks).toEqual(sketch.sketch.masks);
    const text = (await succeed(['inspect', U])).stdout.toString();
    expect(text).toMatch(new RegExp(`^padding +${MASKED} of rows 0-239; mask sha256 `, 'm'));
  });
});

describe('parts', () => {
  const cut = 90;
  const parts = [0, 1].map((i) => {
    const [from, to] = i === 0 ? [0, cut] : [cut, KEYS.rows];
    return {
      rows: folder.write(`part-${i}.npy`, npyFrom(rowsOf(KEYS, from, to), 'float64')),
      mask: npyMask(`mask-${i}.npy`, MASK.slice(from, to)),
      sketch: folder.at(`part-${i}.lev`),
    };
  });
  const [first, second] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const made = ['--eps', '0.03'];
  const entriesOf = (sketch: string) => succeed(['heavy', '--keys', sketch, '--mask', M, Q, '--format', 'csv']);

  test('merged', async () => {
    const all = folder.at('all.lev');
    await succeed(['sketch', ...made, '--shard', '1/2', first.rows, '--mask', first.mask, '-o', first.sketch]);
    await succeed(['sketch', ...made, '--shard', '2/2', second.rows, '--mask', second.mask, '-o', second.sketch]);
    await succeed(['merge', '-o', all, second.sketch, first.sketch]);
    expectHeavy(await entriesOf(all), ask('power:2', 0.03));
    const other = await run(['select-keys', all, '--mask', OTHER]);
    expect([other.code, errorLine(other)]).toEqual([65, expect.stringMatching(/is another mask/)]);
    // Which rows of a part count cannot be told once it has been made without a mask.
    const without = folder.at('without.lev');
    const finite = folder.write(
      'finite-part.npy',
      npyFrom(rowsOf({ ...KEYS, values: KEYS.values.map((x) => x || 0) }, cut, KEYS.rows), 'float64'),
    );
    await succeed(['sketch', ...made, '--shard', '2/2', finite, '-o', without]);
    const mixed = await run(['merge', '-o', folder.at('mixed.lev'), first.sketch, without]);
    expect(mixed.code).toBe(0);
    expect(mixed.stderr).toMatch(/without\.lev: was made without --mask, and .*part-0\.lev with it/);
  });

  test('several files that are one matrix have one mask', async () => {
    const found = await succeed(['heavy', '--keys', U, '--certify', K, '--mask', M, Q, '--format', 'csv']);
    const [set, scores] = [folder.at('several.arrow'), folder.at('several.csv')];
    await succeed(['select-keys', '--f', F, '--eps', EPS, '--mask', M, first.rows, second.rows, '-o', set]);
    const args = ['heavy', '--keys', set, '--certify', K, '--mask', M, Q, '--format', 'csv'];
    expect((await succeed(args)).stdout.toString()).toBe(found.stdout.toString());
    await succeed(['scores', '--sketch', set, '--mask', M, first.rows, second.rows, '-o', scores]);
    const rows = fromCsv(readFileSync(scores)).rows;
    expect(rows.filter(([, score]) => score === 0).map(([row]) => row)).toEqual(
      [...MASK.keys()].filter((i) => MASK[i] === 0),
    );
    const short = await run(['select-keys', '--mask', first.mask, first.rows, second.rows]);
    expect(errorLine(short)).toMatch(/mask-0\.npy: 90 entries where K has 240 rows up to the end of .*part-1\.npy/);
    const long = await run(['select-keys', '--mask', M, first.rows]);
    expect(errorLine(long)).toMatch(/m\.npy: 240 entries where .*part-0\.npy has 90 rows/);
  });

  test('appended: each with its own mask, and none where the sketch has one is refused', async () => {
    const [one, both] = [folder.at('one.lev'), folder.at('both.lev')];
    await succeed(['sketch', ...made, first.rows, '--mask', first.mask, '-o', one]);
    const none = await run(['sketch', '--append', one, second.rows, '-o', both]);
    expect(errorLine(none)).toMatch(/one\.lev: was made with a mask.*give --mask for the rows that are appended/);
    expect(none.code).toBe(64);
    const whole = await run(['sketch', '--append', one, second.rows, '--mask', M, '-o', both]);
    expect(errorLine(whole)).toMatch(/m\.npy: 240 entries where .*part-1\.npy has 150 rows/);
    await succeed(['sketch', '--append', one, second.rows, '--mask', second.mask, '-o', both]);
    expectHeavy(await entriesOf(both), ask('power:2', 0.03));
  });
});

describe('queries that are padding', () => {
  const fewer = folder.write('fewer.npy', npyFrom(withoutRows(QUERIES), 'float64'));
  const V = folder.write('values.npy', npyFrom(withNumbers(KEYS), 'float64'));

  test('coverage: as if they were not there', async () => {
    const args = ['--keys', K, '--mask', M, '--f', 'softmax', '--f', 'power:2'];
    const [all, without] = await Promise.all([json(['coverage', Q, ...args]), json(['coverage', fewer, ...args])]);
    expect(all).toEqual({ ...without, padding: MASKED });
    expect([all.queries, without.padding]).toEqual([240 - MASKED, 0]);
    const text = (await succeed(['coverage', Q, ...args])).stdout.toString();
    expect(text).toContain(`${240 - MASKED} queries (and ${MASKED} of padding)`);
  });

  test('attend: no errors of theirs in any average; their outputs are zeros', async () => {
    const args = ['--keys', U, '--values', V, '--compare', K, '--mask', M];
    const [all, without] = await Promise.all([
      json(['attend', Q, ...args, '-o', folder.at('O.npy')]),
      json(['attend', fewer, ...args, '-o', folder.at('few.npy')]),
    ]);
    expect(all).toEqual({ ...without, padding: MASKED, worstQuery: expect.any(Number) });
    expect(all.queries).toBe(240 - MASKED);
    const outputs = (name: string): Matrix => {
      const bytes = readFileSync(folder.at(name));
      const values = new Float64Array(new Uint8Array(bytes.subarray(10 + bytes.readUInt16LE(8))).buffer);
      return { rows: values.length / KEYS.d, d: KEYS.d, values };
    };
    const O = outputs('O.npy');
    expect(withoutRows(O)).toEqual(outputs('few.npy'));
    expect(O.values.filter((_, at) => MASK[Math.floor(at / KEYS.d)] === 0).every((value) => value === 0)).toBe(true);
    expect(MASK[all.worstQuery]).toBe(1);
  });

  test('verify: checked are the others alone', async () => {
    const args = ['--keys', K, '--mask', M, '--eps', '0.03'];
    const [all, without] = await Promise.all([json(['verify', Q, ...args]), json(['verify', fewer, ...args])]);
    expect([all.ok, all.padding, without.padding]).toEqual([true, MASKED, 0]);
    expect(all.entries).toEqual({ ...without.entries, of: 240 });
  });

  test('report: entries and coverage are those of the others', async () => {
    const args = ['--keys', K, '--mask', M, '--f', 'power:2', '--eps', '0.03'];
    const pages = await Promise.all([
      succeed(['report', Q, ...args]),
      succeed(['report', fewer, ...args]),
      succeed(['report', Q, ...args, '--causal']),
    ]);
    const [all, without, causal] = pages.map(({ stdout }) => stdout.toString()) as [string, string, string];
    expect(all).toContain(`${MASKED} of 240 queries are padding and count for nothing.`);
    expect(causal).toContain(`${MASKED} of 240 queries are padding and count for nothing.`);
    const heavy = /<dt>heavy entries, power:2<\/dt><dd>([\d,]+)<\/dd>/;
    expect(heavy.exec(all)![1]).toBe(heavy.exec(without)![1]);
    const count = fromCsv((await succeed(['heavy', Q, ...args, '--causal', '--format', 'csv'])).stdout).rows.length;
    expect(Number(heavy.exec(causal)![1]!.replaceAll(',', ''))).toBe(count);
  });

  test('statistics of keys: nothing of theirs', async () => {
    const args = ['--keys', K, '--mask', M, '--f', 'softmax', '--eps', '0.02', '--format', 'csv', '--stats'];
    const stats = folder.at('stats.csv');
    await succeed(['heavy', Q, ...args, stats]);
    const scores = Array.from({ length: 240 }, (_, i) => scoresOf(ask('softmax', 0.02), i));
    for (const [key, largest, , total] of fromCsv(readFileSync(stats)).rows) {
      const received = scores.map((row) => row[key!]!);
      expect(largest).toBeCloseTo(Math.max(...received), 5);
      expect(total).toBeCloseTo(
        received.reduce((sum, score) => sum + score, 0),
        4,
      );
    }
  });

  test('--query-mask names others, or none', async () => {
    const args = ['heavy', '--eps', '0.03', '--keys', K, '--mask', M, '--format', 'csv'];
    const mask = new Uint8Array(240).fill(1).with(220, 0).with(3, 0);
    const named = await succeed([...args, Q, '--query-mask', npyMask('queries.npy', mask)]);
    const seen: Question = { ...ask('power:2', 0.03), sees: (i, j) => mask[i] !== 0 && MASK[j] !== 0 };
    expectHeavy(named, seen);
    const none = await run([...args, Q, '--query-mask', 'none']);
    expect([none.code, errorLine(none)]).toEqual([65, expect.stringMatching(/Q\.npy: row 220, column 0: Infinity/)]);
    const short = await run([...args, fewer, '--query-mask', M]);
    expect(errorLine(short)).toMatch(
      /m\.npy: 240 entries where .*fewer\.npy has \d+ rows; one for each query is expected/,
    );
  });

  test('how many are told with the others', async () => {
    const args = ['heavy', Q, '--eps', '0.03', '--keys', K, '--mask', M, '--log-json'];
    for (const options of [[], ['--causal'], ['--exact']]) {
      const { log } = await run([...args, ...options]);
      expect(log.find(({ msg }) => msg === 'heavy entries')).toMatchObject({ queries: 240, padding: MASKED });
    }
  });

  test('CSV does not say how many rows it has: a file is read once more, a pipe must be told', async () => {
    const lines = Array.from({ length: 240 }, (_, i) => [...QUERIES.values.subarray(4 * i, 4 * i + 4)].join(','));
    lines[220] = '1,1,1,1';
    const csv = folder.write('Q.csv', `a,b,c,d\n${lines.join('\n')}\n`);
    const args = ['heavy', '--eps', '0.03', '--keys', K, '--mask', M, '--format', 'csv'];
    expectHeavy(await succeed([...args, csv]), ask('power:2', 0.03));
    const piped = await run(args, { stdin: readFileSync(csv) });
    expect(errorLine(piped)).toMatch(
      /^stdin: does not say how many rows it has.*give --query-mask \S+m\.npy where they are, else --query-mask none/,
    );
    expect(piped.code).toBe(64);
    expectHeavy(await succeed([...args, '--query-mask', M], readFileSync(csv)), ask('power:2', 0.03));
  });

  test('--rows of attend that are padding', async () => {
    const rows = BigInt64Array.of(1n, 5n, 7n);
    const list = folder.write('rows.npy', Buffer.concat([npyHeader('<i8', [3]), new Uint8Array(rows.buffer)]));
    const outcome = await run(['attend', Q, '--keys', K, '--rows', list, '--values', V, '--mask', M]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/rows\.npy: names row 5, which .*m\.npy says is padding/),
    ]);
  });
});

describe('masks of other kinds', () => {
  test('a batch in Fortran order is read as NumPy reads it', async () => {
    const values = Float64Array.from({ length: 40 }, (_, at) => ((at * 7) % 11) - 5 + at / 100);
    const batch = Buffer.concat([npyHeader('<f8', [2, 1, 5, 4]), new Uint8Array(values.buffer)]);
    const keys = folder.write('batch.npy', batch);
    const args = ['select-keys', '--eps', '0.001', keys, '--format', 'csv', '--mask'];
    const { rows } = fromCsv((await succeed([...args, fixturePath('faults/mask_f.npy')])).stdout);
    // [[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]]: three rows that are independent, and four.
    expect(rows.map(([example, , index]) => [example, index])).toEqual(
      [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 1],
        [1, 2],
        [1, 3],
        [1, 4],
      ], // prettier-ignore
    );
  });

  test('an additive one is refused, with what to do', async () => {
    const outcome = await run(['select-keys', K, '--mask', fixturePath('faults/m_addi.npy')]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/additive mask.*np\.save\(FILE, mask >= 0\)/),
    ]);
  });

  test('another format is named', async () => {
    const outcome = await run(['select-keys', K, '--mask', U]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/U\.arrow: is of format arrow, but a mask is/),
    ]);
  });
});

/** A matrix of the same shape of finite numbers. */
function withNumbers({ rows, d }: Matrix): Matrix {
  return { rows, d, values: Float64Array.from({ length: rows * d }, (_, at) => ((at * 37) % 101) / 101 - 0.5) };
}

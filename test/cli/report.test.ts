/** `levattn report` and `select-keys --plot` on the built program. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../src/report/figures/figures.js';
import { readable } from '../../src/report/numbers.js';
import { count } from '../../src/text.js';
import { python } from '../output/python.js';
import { makeRows } from '../report/heads.js';
import { headsOf, packedHeads } from '../report/page-data.js';
import { npyFrom, npyHeader, temporaryFolder } from '../support/files.js';
import { fixturePath, loadCase, loadMatrix, type Matrix } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, PROGRAM, shell } from '../support/program.js';

const run = runnerInTurn();
const folder = temporaryFolder();
const { K, expected, paths } = loadCase('planted');
const demo: Matrix = { rows: 60, d: 64, values: loadMatrix(fixturePath('demo/Q.npy')).values.slice(0, 60 * 64) };
const Q = folder.write('Q.npy', npyFrom(demo));
const demoK = fixturePath('demo/K.npy');

const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null'], { input: '' }).status === 0;

const report = async (args: readonly string[], stdin?: Buffer) => {
  const { code, stdout, stderr } = await run(['report', ...args], stdin && { stdin });
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

const plain = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');

/** Rows of the table of a figure. */
const rowsOf = (page: string, figure: string): string[][] => {
  const [, body] = new RegExp(`<figure id="head-0-figure-${figure}".*?<tbody>(.*?)</tbody>`, 's').exec(page)!;
  return body!
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      row
        .split(/<\/t[hd]>/)
        .slice(0, -1)
        .map(plain),
    );
};

const number = (text: string): number => Number(text.replaceAll(',', ''));

describe('the page', () => {
  test('holds every leverage score, in a file or on standard output', async () => {
    const { eps } = expected.results[0]!;
    const file = folder.at('report.html');
    const args = [paths.Q, '--keys', paths.K, '--eps', String(eps)];
    expect(await report([...args, '-o', file])).toBe('');
    const page = readFileSync(file, 'utf8');
    const scores = rowsOf(page, 'positions');
    expect(scores.length).toBe(expected.n);
    for (const [i, [, score]] of scores.entries())
      expect(Math.abs(number(score!) - expected.tau[i]!)).toBeLessThan(1e-5);
    const text = plain(page);
    expect(text).toContain(`${expected.results[0]!.U.length} of ${expected.n} keys`);
    const piped = await report(args);
    expect(piped.replaceAll(args.join(' '), '')).toBe(page.replaceAll([...args, '-o', file].join(' '), ''));
  });

  test('holds the entries of x^2 that the fixtures have', async () => {
    const { eps, entries } = expected.results.at(-1)!;
    const page = await report([paths.Q, '--keys', paths.K, '--eps', String(eps), '--f', 'power:2']);
    const falling = [...entries].sort((a, b) => b[2] - a[2]).slice(0, 200);
    const found = rowsOf(page, 'entries-power-2').map((row) => row.map(number));
    expect(found.length).toBe(falling.length);
    for (const [i, [, , score]] of falling.entries()) expect(found[i]![2]! / score).toBeCloseTo(1, 4);
    const known = new Set(entries.map(([query, key]) => `${query},${key}`));
    expect(found.filter(([query, key]) => !known.has(`${query},${key}`))).toEqual([]);
  });

  test('says what coverage says, in the same words', async () => {
    const { stdout } = await run(['coverage', Q, '--keys', demoK, '--json']);
    const { verdict } = JSON.parse(stdout.toString());
    const page = await report([Q, '--keys', demoK]);
    const items = [...page.matchAll(/<li>(.*?)<\/li>/g)].map(([, text]) => plain(text!).replaceAll('&gt;', '>'));
    expect(items).toEqual(verdict);
    expect(items.length).toBeGreaterThan(2);
  });

  test('without Q leaves out what needs queries, and says so', async () => {
    const page = await report(['--keys', paths.K]);
    expect(plain(page)).toMatch(/No queries were given: heavy entries, and .* are left out/);
    const figures = [...page.matchAll(/<figure id="head-0-figure-([^"]+)"/g)].map(([, name]) => name);
    expect(figures).toEqual(['positions', 'sorted', 'sizes', 'coverage-leverage', 'spectrum']);
  });

  test('says how many queries were drawn', async () => {
    const page = plain(await report([Q, '--keys', demoK, '--rows', '20', '--f', 'softmax']));
    expect(page).toMatch(/20 of 60 queries were used, drawn at random/);
  });

  test('queries with NaN are left out, and nothing is said to be drawn', async () => {
    const values = demo.values.slice();
    values[64] = Number.NaN;
    const path = folder.write('nan-Q.npy', npyFrom({ ...demo, values }));
    const { code, stdout, stderr } = await run(['report', path, '--keys', demoK, '--nan', 'skip', '--f', 'softmax']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/1 query with NaN, infinities or missing values left out/),
    ]);
    const page = plain(stdout.toString());
    expect(page).toMatch(/entries &gt;= 0\.05 of f = softmax of 59 of the 60 queries: /);
    expect(page).not.toMatch(/drawn at random/);
  });

  test('takes Q from standard input', async () => {
    const named = await report([Q, '--keys', demoK, '--f', 'softmax']);
    const piped = await report(['-', '--keys', demoK, '--f', 'softmax'], readFileSync(Q));
    expect(rowsOf(piped, 'coverage-softmax')).toEqual(rowsOf(named, 'coverage-softmax'));
  });

  test('stays small where K has many rows: bins, and the page says so', async () => {
    const rows = 60_000;
    const values = Float64Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 12.9898) * (i % 997 === 0 ? 30 : 1));
    const tall = folder.write('tall.npy', npyFrom({ rows, d: 3, values }));
    const page = await report(['--keys', tall]);
    expect(page.length).toBeLessThan(600_000);
    expect(plain(page)).toMatch(/Every 30 rows are one bin, of which largest, median and smallest are shown/);
    const bins = rowsOf(page, 'positions').map((row) => row.map(number));
    expect([bins.length, bins.at(-1)![1]]).toEqual([2000, rows - 1]);
  });

  test('keys with NaN are passed over where that is allowed', async () => {
    const bad = K.values.slice();
    bad[0] = Number.NaN;
    const path = folder.write('nan.npy', npyFrom({ ...K, values: bad }));
    const refused = await run(['report', '--keys', path]);
    expect([refused.code, errorLine(refused)]).toEqual([65, expect.stringMatching(/nan\.npy: row 0, column 0: NaN/)]);
    const { code, stdout, stderr } = await run(['report', '--keys', path, '--nan', 'skip']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/1 key with NaN, infinities or missing values left out/);
    expect(plain(stdout.toString())).toMatch(
      /1 rows of padding or with NaN, infinities or missing values do not count and are left out/,
    );
  });
});

describe('--svg', { tags: ['slow'] }, () => {
  test.skipIf(!python)('writes figures that are well-formed, and stand alone', async () => {
    const figures = folder.at('deep/figures');
    expect(await report([Q, '--keys', demoK, '--svg', figures])).toBe('');
    const names = readdirSync(figures).sort();
    expect(names).toEqual(
      [
        'coverage-power-2',
        'coverage-softmax',
        'entries-softmax',
        'heavy-coverage-softmax',
        'positions',
        'sizes',
        'sorted',
        'spectrum',
      ].map((name) => `${name}.svg`),
    );
    const script = `
import sys, xml.etree.ElementTree as tree
for name in sys.argv[1:]:
    root = tree.parse(name).getroot()
    assert root.tag == '{http://www.w3.org/2000/svg}svg', root.tag
    assert int(root.get('width')) > 0 and root.get('viewBox')
    tags = [node.tag.split('}')[1] for node in root.iter()]
    assert {'title', 'desc', 'style', 'path', 'text'} <= set(tags), tags
    assert 'script' not in tags
    assert not any('href' in key or key.startswith('on') for node in root.iter() for key in node.attrib)
`;
    const checked = spawnSync('python3', ['-c', script, ...names.map((name) => `${figures}/${name}`)], {
      encoding: 'utf8',
    });
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    for (const name of names)
      expect(readFileSync(`${figures}/${name}`, 'utf8')).not.toMatch(/var\(|url\(|@import|NaN|Infinity/);
  });

  test.each(['all-zero', 'd1', 'n1', 'n-less-than-d', 'kappa1e12', 'extreme-columns'])(
    '%s has figures, too',
    async (name) => {
      const figures = folder.at(name);
      const { paths: own } = loadCase(name);
      await report([own.Q, '--keys', own.K, '--svg', figures, '--f', 'power:2', '--f', 'power:2']);
      const texts = readdirSync(figures).map((file) => readFileSync(`${figures}/${file}`, 'utf8'));
      expect(texts.length).toBeGreaterThan(2);
      for (const text of texts) expect(text).not.toMatch(/NaN|Infinity|undefined/);
    },
  );
});

describe('what is refused', { tags: ['slow'] }, () => {
  const wide = folder.write('wide.npy', npyFrom({ rows: 2, d: 5, values: new Float64Array(10).fill(1) }));
  test.each([
    ['no K', [Q], 64, /required option '--keys <file>'/],
    ['K that is read once', [Q, '--keys', '-'], 65, /stdin: can be read once only, and a report takes more passes/],
    ['Q of another width', [wide, '--keys', demoK], 65, /wide\.npy: queries have 5 columns where the keys have 64/],
    ['no such K', ['--keys', folder.at('none.npy')], 65, /none\.npy: no such file/],
    ['functions without queries', ['--keys', demoK, '--f', 'softmax'], 64, /--f needs queries/],
    ['a draw of causal queries', [Q, '--keys', demoK, '--rows', '5', '--causal'], 64, /leave one out/],
    ['an offset that is not causal', [Q, '--keys', demoK, '--query-offset', '1'], 64, /--query-offset needs --causal/],
    ['a folder that is a file', ['--keys', demoK, '--svg', Q], 64, /Q\.npy: cannot be written/],
    ['a page in no folder', ['--keys', demoK, '-o', folder.at('no/where.html')], 64, /there is no such folder/],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await run(['report', ...args]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });
});

describe('select-keys --plot', { tags: ['slow'] }, () => {
  test('a histogram of the scores of U on stderr, without colours, and U on stdout as without it', async () => {
    const { eps, U } = expected.results[0]!;
    const args = ['select-keys', paths.K, '--eps', String(eps), '--format', 'csv'];
    const { code, stdout, stderr } = await run([...args, '--plot'], { env: { FORCE_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stdout).toEqual((await run(args)).stdout);
    const [title, ...lines] = stderr.trimEnd().split('\n');
    expect(title).toMatch(new RegExp(`^leverage scores of the ${U.length} keys in U, eps `));
    const bins = lines.map((line) => /^ *(\S+) - (\S+) +(?:#+ )?(\d+)$/.exec(line)!.slice(1).map(Number));
    const scores = U.map((row) => expected.tau[row]!);
    for (const [i, [from, to, count]] of bins.entries()) {
      const last = i === bins.length - 1;
      expect(count).toBe(scores.filter((score) => score >= from! && (last ? score <= to! : score < to!)).length);
    }
    expect(bins.reduce((sum, [, , count]) => sum + count!, 0)).toBe(U.length);
  });

  test.skipIf(!hasScript)('coloured on a terminal, where NO_COLOR does not forbid it', async () => {
    const command = `unset CI; "${process.execPath}" "${PROGRAM}" select-keys "${demoK}" --plot -o U.csv`;
    const path = folder.write('plot.sh', command);
    const onTerminal = async (env: NodeJS.ProcessEnv) => {
      const options = { cwd: folder.path, env: { TERM: 'xterm', ...env } };
      const { code, stdout } = await shell(`script -qec 'bash "${path}"' /dev/null < /dev/null`, options);
      expect(code).toBe(0);
      return stdout.toString();
    };
    const [coloured, plainText] = [await onTerminal({}), await onTerminal({ NO_COLOR: '1' })];
    expect(coloured).toContain(`\u001b[36m${'#'.repeat(60)}\u001b[39m 92`);
    expect(plainText).toMatch(/ 0\.05 - 0\.055 {2}#{60} 92/);
    expect(plainText).not.toMatch('\u001b[36m');
  });

  test('an empty U, and JSON messages', async () => {
    const empty = await run(['select-keys', fixturePath('cases/all-zero/K.npy'), '--plot', '--format', 'csv']);
    expect([empty.code, empty.stderr]).toEqual([0, 'U is empty: there are no scores to plot\n']);
    const refused = await run(['select-keys', paths.K, '--plot', '--log-json', '--format', 'csv']);
    expect([refused.code, refused.stderr]).toEqual([64, expect.stringMatching(/leave one out/)]);
  });
});

describe('arrays of heads, and masks', { tags: ['slow'] }, () => {
  const heads = (count: number, rows: number, d: number, from: number): Matrix[] =>
    Array.from({ length: count }, (_, h) => ({
      ...makeRows(rows, d, from + h),
      values: Float64Array.from(makeRows(rows, d, from + h).values),
    }));
  const stack = (all: readonly Matrix[]): Buffer =>
    Buffer.concat([
      npyHeader('<f8', [all.length, all[0]!.rows, all[0]!.d]),
      ...all.map(({ values }) => Buffer.from(values.buffer)),
    ]);
  const keys = heads(2, 90, 4, 1);
  const queries = heads(4, 12, 4, 50);
  const [allK, allQ] = [folder.write('heads-K.npy', stack(keys)), folder.write('heads-Q.npy', stack(queries))];
  const options = ['--eps', '0.1', '--f', 'power:2'];

  test('every head of the queries is there, made of the keys of its group, which are told of once', async () => {
    const page = await report([allQ, '--keys', allK, ...options]);
    const packed = packedHeads(page);
    expect(packed.keys.length).toBe(2);
    const all = headsOf(page);
    expect(all.map(({ place, keyPlace }) => [place, keyPlace])).toEqual(
      [0, 1, 2, 3].map((head) => [{ head }, { head: Math.floor(head / 2) }]),
    );
    for (const h of [0, 3]) {
      const [K, Q] = [keys[Math.floor(h / 2)]!, queries[h]!].map((matrix, i) =>
        folder.write(`${h}-${i}.npy`, npyFrom(matrix, 'float64')),
      );
      const alone = await report([Q!, '--keys', K!, ...options]);
      const figures = figuresOf(all[h]!, 'x');
      for (const name of ['positions', 'sizes', 'entries-power-2', 'coverage-power-2']) {
        const { rows } = figures.find((figure) => figure.name === name)!.table;
        expect(rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : readable(cell, 6))))).toEqual(
          rowsOf(alone, name),
        );
      }
    }
  });

  test('some of them, and their figures under their names', async () => {
    const figures = folder.at('head-figures');
    await report([allQ, '--keys', allK, '--head', '1,3', ...options, '--svg', figures]);
    const names = readdirSync(figures);
    for (const name of ['head-1-coverage-power-2', 'keys-head-0-sorted', 'keys-head-1-sorted', 'heads-k90-best'])
      expect(names).toContain(`${name}.svg`);
    expect(names.filter((name) => !/^(?:head-[13]|keys-head-[01]|heads)-/.test(name))).toEqual([]);
    expect(names.filter((name) => /sorted/.test(name)).length).toBe(2);
  });

  test('keys that a mask takes out count for nothing', async () => {
    const [K] = keys;
    const kept = Array.from({ length: K!.rows }, (_, i) => (i % 3 === 1 ? 0 : 1));
    const fewer = { rows: 60, d: 4, values: K!.values.filter((_, at) => kept[Math.floor(at / 4)]) };
    const [masked, without, Q] = [K!, fewer, queries[0]!].map((matrix, i) =>
      folder.write(`mask-${i}.npy`, npyFrom(matrix, 'float64')),
    );
    const mask = folder.write('mask.txt', `${kept.join('\n')}\n`);
    const args = ['--eps', '0.1', '--f', 'softmax'];
    const page = await report([Q!, '--keys', masked!, '--mask', mask, ...args]);
    const alone = await report([Q!, '--keys', without!, ...args]);
    const places = kept.flatMap((one, row) => (one ? [row] : []));
    expect(rowsOf(page, 'coverage-softmax')).toEqual(rowsOf(alone, 'coverage-softmax'));
    const entries = rowsOf(alone, 'entries-softmax').map(([query, key, score]) => [
      query,
      count(places[number(key!)]!),
      score,
    ]);
    expect(rowsOf(page, 'entries-softmax')).toEqual(entries);
    expect(plain(page)).toMatch(/30 rows of padding .* do not count and are left out/);
    expect(rowsOf(page, 'positions').map(([row]) => number(row!))).toEqual(places);
    for (const figure of ['sorted', 'sizes']) expect(rowsOf(page, figure)).toEqual(rowsOf(alone, figure));
  });
});

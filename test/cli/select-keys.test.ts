/** levattn select-keys as a process: its answers against NumPy's, in every output format. */

import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, listReal, loadCase, loadMatrix, loadReal, sharedData } from '../support/fixtures.js';
import { errorLine, run } from '../support/program.js';
import { expectList, expectRows, fromArrow, fromCsv, fromNdjson, fromNpy, scoresOf } from './answers.js';

const K = fixturePath('demo/K.npy');
const demo = loadReal('use-l0h0-long');
const folder = temporaryFolder();

describe.concurrent('a real head (fixtures/demo), against NumPy', () => {
  test.each(demo.results)('U at eps $eps', async ({ eps, U }) => {
    const { code, stdout, stderr } = await run(['select-keys', '--eps', String(eps), K, '--format', 'csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = fromCsv(stdout);
    expect(found.columns).toEqual(['index', 'score']);
    expectList(found, U, demo.tolerance);
  });

  test('the default eps is 0.05', async () => {
    const { stdout } = await run(['select-keys', K, '--format', 'csv']);
    expectList(fromCsv(stdout), demo.results.find(({ eps }) => eps === 0.05)!.U, demo.tolerance);
  });
});

const sharedHeads = sharedData('real-attention');
describe.skipIf(!sharedHeads)(
  `every real head, against NumPy${sharedHeads ? '' : ' (shared data is absent)'}`,
  { concurrent: true },
  () => {
    const heads = listReal().map(loadReal);
    test.each(heads.flatMap((head) => head.results.map((result) => ({ ...head, ...result }))))(
      '$name at eps $eps',
      async ({ name, eps, U, tolerance }) => {
        const path = sharedData(`real-attention/${name}_k.npy`)!;
        const { code, stdout } = await run(['select-keys', '--eps', String(eps), path, '--format', 'csv']);
        expect(code).toBe(0);
        expectList(fromCsv(stdout), U, tolerance);
      },
    );
  },
);

describe.concurrent('small cases, against exact arithmetic', () => {
  const names = ['float16', 'kappa1e8', 'late-direction', 'extreme-columns', 'n-less-than-d', 'zero-rows', 'd1'];
  test.each(names)('%s', async (name) => {
    const one = loadCase(name);
    const expectation = one.expected.results[0]!;
    const { code, stdout, stderr } = await run([
      'select-keys',
      '--eps',
      String(expectation.eps),
      one.paths.K,
      '--format',
      'csv',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectRows(fromCsv(stdout), scoresOf(one, expectation), one.expected.tolerance);
  });

  test('a matrix of zeros has an empty U: the header alone', async () => {
    const { code, stdout, stderr } = await run(['select-keys', loadCase('all-zero').paths.K, '--format', 'csv']);
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 0, stdout: 'index,score\n', stderr: '' });
  });

  test('--factor gram says where it cannot do it, and what can', async () => {
    const args = ['select-keys', '--factor', 'gram', loadCase('kappa1e12').paths.K, '--format', 'csv'];
    const { code, stderr } = await run(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^levattn: warning: K is ill-conditioned for the gram route: .*; run again with --factor stable\n$/,
    );
  });

  test('--factor stable gives the scores there, and says how good they are', async () => {
    const one = loadCase('kappa1e12');
    const expectation = one.expected.results[1]!;
    const args = [
      'select-keys',
      '--factor',
      'stable',
      '--eps',
      String(expectation.eps),
      one.paths.K,
      '--format',
      'csv',
    ];
    const { stdout, stderr } = await run(args);
    const said = /^levattn: warning: K is ill-conditioned for the stable route: scores are good to (\S+)\n$/.exec(
      stderr,
    );
    // What it says must cover what the theory lets it be, kappa u, and not be so wide as to say nothing.
    expect(Number(said?.[1])).toBeGreaterThan(one.expected.kappa * 2 ** -53);
    expect(Number(said?.[1])).toBeLessThan(0.02);
    expectRows(fromCsv(stdout), scoresOf(one, expectation), one.expected.tolerance);
  });
});

describe.concurrent('output formats', () => {
  const { U } = demo.results.find(({ eps }) => eps === 0.05)!;
  const output = async (...args: string[]): Promise<Buffer> => (await run(['select-keys', K, ...args])).stdout;
  const file = async (name: string, ...args: string[]): Promise<Buffer> => {
    const { code, stdout, stderr } = await run(['select-keys', K, '-o', folder.at(name), ...args]);
    expect({ code, stdout: stdout.length, stderr }).toEqual({ code: 0, stdout: 0, stderr: '' });
    return readFileSync(folder.at(name));
  };

  test('CSV: a header, and scores with 17 digits that read back to the very float64', async () => {
    const [csv, arrow] = await Promise.all([output('--format', 'csv'), output('--format', 'arrow')]);
    const table = fromArrow(arrow);
    expect(fromCsv(csv)).toEqual(table);
    const spelled = csv.toString().split('\n').slice(1, -1);
    expect(spelled).toEqual(table.rows.map(([index, score]) => `${index},${score!.toPrecision(17)}`));
  });

  test('NDJSON: one object a line, the same numbers', async () => {
    const [ndjson, csv] = await Promise.all([output('--format', 'ndjson'), output('--format', 'csv')]);
    expect(fromNdjson(ndjson)).toEqual(fromCsv(csv));
  });

  test('npy: the indices as int64, which NumPy takes as an index', async () => {
    const indices = fromNpy(await output('--format', 'npy'));
    expect(indices).toEqual(U.all!.map(([index]) => index));
    expect(await file('U.npy')).toEqual(await output('--format', 'npy'));
  });

  test('Arrow stream on stdout where nothing is said; its keys are the rows of K', async () => {
    const stream = await output();
    expect(stream.subarray(0, 4)).toEqual(Buffer.from([255, 255, 255, 255]));
    const table = tableFromIPC(stream);
    const matrix = loadMatrix(K);
    const keys = table.getChild('key')!;
    for (const [i, [index]] of fromArrow(stream).rows.entries()) {
      expect(Float64Array.from(keys.get(i))).toEqual(matrix.values.slice(index! * matrix.d, (index! + 1) * matrix.d));
    }
    expectList(fromArrow(stream), U, demo.tolerance);
  });

  test('-o FILE.arrow is the file format, .arrows the stream', async () => {
    const [arrow, arrows, stream] = await Promise.all([file('U.arrow'), file('U.arrows'), output()]);
    expect(arrow.subarray(0, 6).toString()).toBe('ARROW1');
    expect(arrow.subarray(-6).toString()).toBe('ARROW1');
    expect(fromArrow(arrow)).toEqual(fromArrow(stream));
    expect(arrows).toEqual(stream);
  });

  test('--format overrides the ending', async () => {
    expect(await file('U.txt', '--format', 'csv')).toEqual(await file('U.csv'));
  });

  test('two runs write the same bytes', async () => {
    expect(await output()).toEqual(await output());
  });
});

describe.concurrent('refusals', () => {
  const noRows = fixturePath('npy/no-rows.npy');
  test.each([
    ['no rows', ['select-keys', noRows], 65, `${noRows}: K has no rows; there is nothing to select from`],
    [
      'an ending that names no format',
      ['select-keys', K, '-o', folder.at('U.xyz')],
      64,
      /its ending names no output format/,
    ],
    [
      'files of different widths',
      ['select-keys', K, loadCase('d1').paths.K],
      65,
      /1 columns where .* has 64; .*must agree/,
    ],
  ])('%s', async (_, args, code, message) => {
    const outcome = await run(args);
    expect(outcome.code).toBe(code);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.stdout.length).toBe(0);
  });
});

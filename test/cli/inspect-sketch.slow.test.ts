/** `levattn inspect` and `levattn coreset` of sketch files, on the built program. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { errorLine } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const N = 900;
const D = 8;
/** Three rows 100,000 times as long as the others. */
const { values } = makeMatrix('outliers last', N, D, 37);
const whole = { rows: N, d: D, values };
const K = folder.write('K.npy', npyFrom(whole, 'float64'));
const sketch = folder.at('K.lev');

beforeAll(async () => {
  expect((await run(['sketch', '--eps', '0.02', '--sample-size', '200', '--seed', '9', K, '-o', sketch])).code).toBe(0);
});

describe.concurrent('inspect of a sketch', () => {
  test('says what it is of, from a path and from a pipe', async () => {
    const { code, stdout, stderr } = await run(['inspect', '--json', sketch]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout.toString());
    expect(report).toMatchObject({ format: 'sketch', bytes: readFileSync(sketch).length, matrix: null, problem: null });
    expect(report.sketch).toMatchObject({
      n: N,
      d: D,
      f: 'power:2',
      eps: 0.02,
      rank: D,
      missing: null,
      sample: { rows: 200, size: 200, seed: 9 },
      header: { kind: 'sketch', coverage: { kind: 'rows', ranges: [[0, N]] }, certificate: 'auto', nonFinite: 'error' },
    });
    for (const { eps, size } of report.sketch.sizes) {
      const U = fromCsv((await run(['select-keys', '--eps', String(eps), K, '--format', 'csv'])).stdout);
      expect([eps, size]).toEqual([eps, U.rows.length]);
      if (eps > 0.05) break;
    }
    const piped = JSON.parse((await run(['inspect', '--json'], { stdin: readFileSync(sketch) })).stdout.toString());
    expect(piped.sketch).toEqual(report.sketch);
  });

  test.skipIf(!numpy)("singular values and residual energies are NumPy's", async () => {
    const { sketch: report } = JSON.parse((await run(['inspect', '--json', sketch])).stdout.toString());
    const { spectrum } = report;
    const known = askNumpy<number[]>(
      'print(json.dumps(np.linalg.svd(matrix(given), compute_uv=False).tolist()))',
      handOver(N, D, values),
    );
    expect(spectrum.singularValues.length).toBe(D);
    for (const [i, s] of known.entries()) {
      const bound = spectrum.errors[i] * s + D * 2 ** -50 * known[0];
      expect(Math.abs(spectrum.singularValues[i] - s)).toBeLessThanOrEqual(bound);
      const rest = known.slice(i).reduce((sum, value) => sum + value ** 2, 0);
      expect(Math.abs(spectrum.residuals[i] - rest)).toBeLessThanOrEqual(
        spectrum.residualErrors[i] + D * 2 ** -49 * known[0] ** 2,
      );
    }
    expect(spectrum.effectiveDimensions.map(({ lambda }: { lambda: number }) => lambda / known[0] ** 2)).toEqual(
      [-1, -2, -3, -4, -5, -6].map((power) => expect.closeTo(10 ** power, 9)),
    );
  });

  test('for people: facts and short tables', async () => {
    const { code, stdout, stderr } = await run(['inspect', sketch]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.toString();
    expect(text).toMatch(/^K +900 rows x 8 columns, rank 8\ncovers +rows 0-899; nothing is missing$/m);
    expect(text).toMatch(/^sample +200 rows outside U, seed 9$/m);
    expect(text).toMatch(/^ *k +s_k +error +\|K - K_k\|_F\^2 +share\n *1 .*\n *2 .*\n *4 .*\n *8 /m);
    expect(text).toMatch(/^ *eps +\|U\|\n *0\.0200000 +\d+$/m);
  });

  test('a part: what is missing', async () => {
    const part = folder.write('part.npy', npyFrom(rowsOf(whole, 0, 500), 'float64'));
    const [shard, late] = [folder.at('shard.lev'), folder.at('late.lev')];
    expect((await run(['sketch', '--shard', '2/4', part, '-o', shard])).code).toBe(0);
    expect((await run(['sketch', '--row-offset', '400', part, '-o', late])).code).toBe(0);
    const missing = async (path: string) => {
      const { code, stdout } = await run(['inspect', '--json', path]);
      expect(code).toBe(0);
      return JSON.parse(stdout.toString()).sketch;
    };
    expect(await missing(shard)).toMatchObject({ n: 500, missing: 'shards 1,3-4 of 4' });
    expect(await missing(late)).toMatchObject({ n: 500, missing: 'rows 0-399' });
    expect((await run(['inspect', shard])).stdout.toString()).toMatch(
      /^covers +shard 2 of 4; lacks shards 1,3-4 of 4$/m,
    );
  });

  test('damaged: 65', async () => {
    const bytes = readFileSync(sketch);
    bytes[bytes.length >> 1] ^= 1;
    const outcome = await run(['inspect', folder.write('bad.lev', bytes)]);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/bad\.lev: .*checksum/)]);
  });
});

describe.concurrent('coreset of a sketch', () => {
  test('is that of the U made in the same way', async () => {
    const options = ['--f', 'power:1', '--eps', '0.1', '--sample-size', '100', K];
    const [set, kept] = [folder.at('U1.arrow'), folder.at('K1.lev')];
    expect((await run(['select-keys', ...options, '-o', set])).code).toBe(0);
    expect((await run(['sketch', ...options, '-o', kept])).code).toBe(0);
    const fromSet = await run(['coreset', set, '--format', 'csv']);
    const fromSketch = await run(['coreset', kept, '--format', 'csv']);
    expect([fromSketch.code, fromSketch.stderr]).toEqual([0, '']);
    expect(fromSketch.stdout.toString()).toBe(fromSet.stdout.toString());
  });

  test('for x^2: as many rows as the sample has, and U', async () => {
    const { rows } = fromCsv((await run(['coreset', sketch, '--format', 'csv'])).stdout);
    const U = fromCsv((await run(['select-keys', '--eps', '0.02', K, '--format', 'csv'])).stdout);
    expect(rows.length).toBe(200 + U.rows.length);
    const without = folder.at('bare.lev');
    expect((await run(['sketch', K, '-o', without])).code).toBe(0);
    const refused = await run(['coreset', without]);
    expect([refused.code, errorLine(refused)]).toEqual([65, expect.stringMatching(/bare\.lev: .*--sample-size/)]);
  });

  test('with rows missing: refused, unless that is allowed', async () => {
    const path = folder.at('gap.lev');
    expect(
      (await run(['sketch', '--sample-size', '50', '--pilot', K, '--row-offset', '1024', K, '-o', path])).code,
    ).toBe(0);
    const refused = await run(['coreset', path]);
    expect([refused.code, errorLine(refused)]).toEqual([65, expect.stringMatching(/rows 0-1023.*--allow-partial/)]);
    expect((await run(['coreset', '--allow-partial', path, '--format', 'csv'])).code).toBe(0);
  });
});

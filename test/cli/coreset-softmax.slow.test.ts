/** `levattn coreset --for softmax`, and attention computed from what it writes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { npyFrom, npyHeader, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { headFile } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const [K, Q, V] = ['K', 'Q', 'V'].map((role) => fixturePath(`selectors/plain/${role}.npy`));

const ok = async (args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run([...args, '--quiet']);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

const make = async (name: string, more: readonly string[] = []): Promise<string> => {
  const path = folder.at(name);
  await ok(['coreset', K, '--values', V, '--for', 'softmax', ...more, '-o', path]);
  return path;
};

interface Report {
  readonly error: { readonly median: number; readonly p90: number; readonly worst: number };
}

const compared = async (path: string): Promise<Report> =>
  JSON.parse(await ok(['attend', Q, '--keys', path, '--values', V, '--compare', K, '--json']));

describe('a coreset for softmax', () => {
  test('of all keys gives attention over all keys', async () => {
    const path = await make('all.arrow', ['--size', '90']);
    expect((await compared(path)).error.worst).toBeLessThan(1e-5);
  });

  test('the more keys, the smaller the error; coverage measures the same', async () => {
    const errors: number[] = [];
    for (const size of [20, 45, 70]) {
      const path = await make(`${size}.arrow`, ['--size', String(size), '--queries', Q]);
      const { error } = await compared(path);
      errors.push(error.median);
      const args = ['coverage', Q, '--keys', K, '--values', V, '--f', 'softmax', '--by', 'centred-norm', '--k', '5'];
      const { functions, verdict } = JSON.parse(await ok([...args, '--rows', `c=${path}`, '--json']));
      const rows = functions[0].coverage.filter(({ selection }: { selection: string }) => selection === 'c');
      expect(rows.map(({ k }: { k: number }) => k)).toEqual([size]);
      expect(rows[0].error.median).toBeCloseTo(error.median, 9);
      expect(rows[0].error.p90).toBeCloseTo(error.p90, 9);
      expect(rows[0].normaliser.median).toBeGreaterThan(0);
      expect(verdict.join('\n')).toMatch(
        new RegExp(`softmax, weighted: c with ${size} keys has a median output error`),
      );
      const table = folder.at('c.csv');
      await ok([...args, '--rows', `c=${path}`, '-o', table]);
      const [head, ...lines] = readFileSync(table, 'utf8')
        .split('\n')
        .map((line) => line.split(','));
      const own = lines.find((line) => line.includes('c'))!;
      expect(Number(own[head.indexOf('normaliser_median')])).toBe(rows[0].normaliser.median);
    }
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
  });

  test.skipIf(!numpy)('what attend gives is the weighted sum, by NumPy', async () => {
    const path = await make('few.arrow', ['--size', '24', '--queries', Q, '--pivots', 'largest']);
    await ok(['attend', Q, '--keys', path, '-o', folder.at('O.npy')]);
    await ok(['convert', path, '--column', 'key', '-o', folder.at('keys.npy')]);
    await ok(['convert', path, '--column', 'value', '-o', folder.at('U.npy')]);
    await ok(['convert', path, '--columns', 'weight', '-o', folder.at('w.npy')]);
    const [keys, values, weight, found, q, v] = [
      folder.at('keys.npy'),
      folder.at('U.npy'),
      folder.at('w.npy'),
      folder.at('O.npy'),
      Q,
      V,
    ].map(loadMatrix);
    const given = Object.fromEntries(
      Object.entries({ keys, values, weight, q, v }).map(([name, { rows, d, values: own }]) => [
        name,
        handOver(rows, d, own),
      ]),
    );
    const wanted = askNumpy<number[][]>(
      `
k, u, w, q, v = (matrix(given[x]) for x in ('keys', 'values', 'weight', 'q', 'v'))
x = q @ k.T / np.sqrt(k.shape[1])
e = np.exp(x - x.max(axis=1, keepdims=True))
below = e @ w
print(json.dumps(np.clip(np.where(below > 1e-20, e @ u / below, 0), v.min(axis=0), v.max(axis=0)).tolist()))
`,
      given,
    );
    for (const [at, one] of wanted.flat().entries()) expect(found.values[at]).toBeCloseTo(one, 10);
  });

  test('few pivots are warned of', async () => {
    const outcome = await run(['coreset', K, '--for', 'softmax', '--size', '20', '-o', folder.at('w.arrow')]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      0,
      expect.stringMatching(
        /warning: 20 pivots stand for all other keys; with fewer than 32 weights vary strongly with --seed/,
      ),
    ]);
  });

  test('several heads, and grouped queries', async () => {
    const path = folder.at('heads.arrow');
    const keys = headFile('K-bhnd.npy');
    await ok(['coreset', keys, '--values', keys, '--for', 'softmax', '--size', '50', '-o', path]);
    const args = ['attend', headFile('Q-bhnd.npy'), '--keys', path, '--values', keys, '--compare', keys, '--json'];
    const { heads } = JSON.parse(await ok(args)) as { heads: Report[] };
    const { shape } = JSON.parse(readFileSync(headFile('expected.json'), 'utf8'));
    expect(heads).toHaveLength(shape.batch * shape.queryHeads);
    for (const { error } of heads) expect(error.median).toBeLessThan(0.2);
  });

  describe('of more keys than --memory holds', () => {
    const [keys, queries] = ['K', 'Q'].map((role) => fixturePath(`demo/${role}.npy`));
    // 600 kB hold 585 keys of 64 columns, and so many fewer that the factor of their pivots has room.
    const few = ['--for', 'softmax', '--size', '300', '--memory', '600kB'];
    const warned = async (args: readonly string[]): Promise<string> => {
      const outcome = await run(['coreset', ...args, ...few, '-o', folder.at('blocks.arrow')]);
      expect([outcome.code, outcome.stdout.toString()]).toEqual([0, '']);
      return outcome.stderr.toString();
    };

    test('it is made in blocks, and what it is said to be off by is what attend finds', async () => {
      const sample = folder.at('sample.npy');
      const rows = loadMatrix(queries);
      // Of 190 queries the first 126 are observed, and the other 64 measured.
      writeFileSync(sample, npyFrom({ ...rows, rows: 190, values: rows.values.subarray(0, 190 * rows.d) }));
      const text = await warned([keys, '--values', keys, '--queries', sample, '--observe', 'first:126']);
      const [, off, tail] =
        /pivots were chosen in 4 blocks of keys; on 64 other queries .*, outputs ([\d.]+) % \(90 %: ([\d.]+) %\)/.exec(
          text,
        )!;
      const rest = folder.at('rest.npy');
      writeFileSync(rest, npyFrom({ ...rows, rows: 64, values: rows.values.subarray(126 * rows.d, 190 * rows.d) }));
      const args = ['attend', rest, '--keys', folder.at('blocks.arrow'), '--values', keys, '--compare', keys, '--json'];
      const { error } = JSON.parse(await ok(args)) as Report;
      expect([Number(off), Number(tail)]).toEqual(
        [error.median, error.p90].map((one) => Number((100 * one).toPrecision(2))),
      );
      // Blocks cost something, and less than leaving weights out.
      expect(error.median).toBeLessThan(0.1);
    });

    test('where all queries are observed, or there are none, it says so', async () => {
      expect(await warned([keys, '--queries', queries])).toMatch(
        /on 64 of these queries the denominator is off by [^,]*\n/,
      );
      expect(await warned([keys])).toMatch(/takes queries to measure: name some with --queries/);
    });

    test('padding and rows that are left out count nowhere', async () => {
      const { rows, d, values } = loadMatrix(keys);
      const spoiled = values.slice();
      spoiled[7 * d + 3] = Number.NaN;
      spoiled.fill(Number.NaN, 1400 * d);
      const [bad, mask] = [folder.at('bad.npy'), folder.at('mask.npy')];
      writeFileSync(bad, npyFrom({ rows, d, values: spoiled }));
      writeFileSync(
        mask,
        Buffer.concat([npyHeader('|u1', [rows]), Uint8Array.from({ length: rows }, (_, j) => (j < 1400 ? 1 : 0))]),
      );
      const text = await warned([bad, '--values', keys, '--mask', mask, '--nan', 'skip']);
      expect(text).toMatch(/1 rows of K with NaN, infinities or missing values left out/);
      const own = folder.at('blocks.arrow');
      await ok(['convert', own, '--columns', 'index', '-o', folder.at('index.npy')]);
      const index = loadMatrix(folder.at('index.npy')).values;
      expect(index).toHaveLength(300);
      expect(Math.max(...index)).toBeLessThan(1400);
      expect(index).not.toContain(7);
    });

    test('what does not go together ends with one line', async () => {
      const { d, values } = loadMatrix(keys);
      const short = folder.at('short.npy');
      writeFileSync(short, npyFrom({ rows: 1000, d, values: values.subarray(0, 1000 * d) }));
      const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
        [[keys, '--values', short], 65, /V has 1000 rows where K has 1536; both must agree/],
        [[keys, '--memory', '1kB'], 64, /for want of memory there would be 1,536 blocks, and 300 pivots for them/],
      ];
      for (const [args, code, message] of cases) {
        const outcome = await run([
          'coreset',
          ...few.slice(0, 4),
          '--memory',
          '600kB',
          ...args,
          '-o',
          folder.at('x.arrow'),
        ]);
        expect(errorLine(outcome)).toMatch(message);
        expect(outcome.code).toBe(code);
      }
    });
  });

  test('nothing takes it for something else', async () => {
    const path = await make('c.arrow', ['--size', '40']);
    const bare = folder.at('bare.arrow');
    await ok(['coreset', K, '--for', 'softmax', '--size', '40', '-o', bare]);
    const damaged = folder.at('damaged.arrow');
    const text = readFileSync(path);
    // The schema stands at the beginning and in the footer.
    for (let at = text.indexOf('"exact":0'); at >= 0; at = text.indexOf('"exact":0', at + 1))
      text.write('"exact":x', at);
    writeFileSync(damaged, text);
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['heavy', Q, '--keys', path], 65, /is a coreset for softmax, not a universal set/],
      [['attend', Q, '--keys', path, '--causal'], 64, /hold for queries that see all keys/],
      [['attend', Q, '--keys', path, '--f', 'power:2'], 64, /is a coreset for softmax, not for power:2/],
      [['attend', Q, '--keys', path, '--scale', '1'], 64, /was made for a scale of/],
      [['attend', Q, '--keys', path, '--values', V], 64, /give --values V and --compare K together/],
      [['attend', Q, '--keys', bare], 65, /is a coreset without values/],
      [['attend', Q, '--keys', damaged], 65, /a damaged coreset, with metadata that are no JSON/],
      [['attend', Q, '--keys', K], 64, /required option '--values/],
      [['coverage', Q, '--keys', K, '--rows', `c=${damaged}`], 65, /a damaged coreset/],
      [['coreset', K, '--for', 'softmax', '-o', folder.at('x.arrow')], 64, /needs --size/],
      ...[['--f', 'power:1'], ['--intercept'], ['--id-column', 'id'], ['--threads', '2'], ['--allow-partial']].map(
        (option) =>
          [
            ['coreset', K, '--for', 'softmax', '--size', '40', ...option, '-o', folder.at('x.arrow')],
            64,
            new RegExp(`^${option[0]} is of coresets of rows`),
          ] as const,
      ),
      [['coreset', K, '--for', 'softmax', '--size', '9', '-o', folder.at('x.csv')], 64, /writes Arrow/],
      [
        ['coreset', K, '--values', V, '-o', folder.at('x.arrow')],
        64,
        /--values is of coresets for softmax; say --for softmax/,
      ],
    ];
    for (const [args, code, message] of cases) {
      const outcome = await run(args);
      expect(errorLine(outcome)).toMatch(message);
      expect([args, outcome.code]).toEqual([args, code]);
    }
  });
});

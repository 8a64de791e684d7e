/** `levattn coreset --for softmax`, and attention computed from what it writes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { headFile } from '../support/heads.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { errorLine, run } from '../support/program.js';

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
        /warning: 20 pivots stand for all other keys; with fewer than 32 weights vary much with --seed/,
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
      ...[['--f', 'power:1'], ['--intercept'], ['--id-column', 'id']].map(
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

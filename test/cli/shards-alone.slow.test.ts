/** Shards that are told nothing of each other: what becomes of them against NumPy's single pass over all rows. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, numpy } from '../support/numpy.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const FILES = 20;
/** Shards of several files each. */
const SHARDS = 5;
const EPS = 0.02;
const folder = temporaryFolder();
const GLOB = folder.at('part-*.csv');
const part = (i: number): string => folder.at(`part-${i}.csv`);
const PARTS = Array.from({ length: FILES }, (_, i) => part(i + 1));
const COLUMNS = ['--columns', 'x0:x3', '--intercept'];

/** Writes the shards, of as many rows each or not; their columns, influential rows and a target beside them. */
const WRITE = `
rng = np.random.default_rng(11)
n = 6000
x = rng.standard_normal((n, 4)) * [1, 20, 0.05, 3] + [0, 100, 0, -2]
x[::700, 2] += 4
y = x @ [1, 0.1, 8, -0.5] + rng.standard_normal(n)
lost = rng.random((n, 4)) < 0.01
cuts = np.r_[0, 30, np.sort(rng.choice(np.arange(40, n), 18, replace=False)), n]
for i in range(20):
    with open(given['folder'] + '/part-%d.csv' % (i + 1), 'w') as out:
        out.write('id,x0,x1,x2,x3,y\\n')
        for r in range(cuts[i], cuts[i + 1]):
            cells = ['NA' if given['lost'] and lost[r, j] else repr(float(x[r, j])) for j in range(4)]
            out.write('%d,%s,%r\\n' % (r, ','.join(cells), float(y[r])))
print('null')
`;

/** Rows by leverage of all shards in one; missing values are the mean of the column in the first. */
const READ = `
parts = [np.genfromtxt(given['folder'] + '/part-%d.csv' % (i + 1), delimiter=',', names=True, missing_values='NA') for i in range(20)]
columns = lambda t: np.column_stack([t[c] for c in ['x0', 'x1', 'x2', 'x3']])
X = np.vstack([columns(t) for t in parts])
means = np.nanmean(columns(parts[0]), axis=0)
X = np.where(np.isnan(X), means, X)
X = np.column_stack([X, np.ones(len(X))])
y = np.concatenate([t['y'] for t in parts])
`;

const LEVERAGE = `${READ}
q = np.linalg.qr(X / np.abs(X).max(axis=0))[0]
h = (q ** 2).sum(axis=1)
print(json.dumps(h.tolist()))
`;

/** How far the cost on all rows of a fit to weighted rows is above the least one. */
const FIT = `${READ}
core = np.genfromtxt(given['core'], delimiter=',', names=True)
at, w = core['index'].astype(int), np.sqrt(core['weight'])
cost = lambda b: ((X @ b - y) ** 2).sum()
fit = lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0]
print(json.dumps([cost(fit(X[at] * w[:, None], y[at] * w)) / cost(fit(X, y)) - 1, len(at), float((core['y'] - y[at]).max())]))
`;

const ask = (script: string, given: object = {}): unknown => askNumpy(script, { folder: folder.path, ...given });

async function succeeds(...words: string[]): Promise<string> {
  const { code, stderr, stdout } = await run(words);
  expect(code, stderr).toBe(0);
  return stdout.toString();
}

/** The sketches of all shards as one. */
async function merged(name: string, shards: number, wordsOf: (i: number) => readonly string[]): Promise<string> {
  const paths = Array.from({ length: shards }, (_, i) => folder.at(`${name}-${i + 1}.lev`));
  for (const [i, path] of paths.entries()) await succeeds('sketch', ...wordsOf(i + 1), '--threads', '1', '-o', path);
  const all = folder.at(`${name}.lev`);
  await succeeds('merge', ...paths.reverse(), '-o', all);
  return all;
}

/** Rows of U, by their scores. */
async function rowsOfU(sketch: string): Promise<ReadonlyMap<number, number>> {
  const text = await succeeds('select-keys', sketch, '--eps', String(EPS), '--format', 'csv', '-q');
  const [header, ...lines] = text.trim().split('\n');
  const [index, score] = ['index', 'score'].map((name) => header!.split(',').indexOf(name)) as [number, number];
  return new Map(lines.map((line) => line.split(',')).map((cells) => [Number(cells[index]), Number(cells[score])]));
}

function expectU(rows: ReadonlyMap<number, number>, leverages: readonly number[]): void {
  const wanted = leverages.flatMap((h, row) => (h >= EPS ? [row] : []));
  expect(wanted.length).toBeGreaterThan(5);
  expect([...rows.keys()]).toEqual(wanted);
  for (const [row, score] of rows) expect(Math.abs(score / leverages[row]! - 1)).toBeLessThan(1e-9);
}

describe.skipIf(!numpy)('20 shards', () => {
  beforeAll(() => {
    ask(WRITE, { lost: false });
  });

  it('are sampled without a pilot: U is that of all rows, and the coreset fits as well as all rows', async () => {
    const words = [...COLUMNS, '--eps', String(EPS), '--sample-size', '400'];
    const all = await merged('plain', FILES, (i) => [part(i), '--shard', `${i}/${FILES}`, ...words]);
    expectU(await rowsOfU(all), ask(LEVERAGE) as number[]);
    const core = folder.at('core.csv');
    await succeeds('coreset', all, ...PARTS, '--id-column', 'id', '-q', '-o', core);
    const [excess, rows, wrong] = ask(FIT, { core }) as [number, number, number];
    expect(rows).toBeGreaterThan(390);
    expect(wrong).toBe(0);
    // About d / rows, were they drawn by leverage.
    expect(excess).toBeLessThan(0.04);
  });

  it('that --shards lists are weighed by the first file', async () => {
    const words = ['--f', 'power:1', ...COLUMNS, '--eps', String(EPS), '--sample-size', '100'];
    const listed = await merged('listed', SHARDS, (i) => ['--shards', GLOB, '--shard', `${i}/${SHARDS}`, ...words]);
    const given = await merged('given', SHARDS, (i) => [
      ...PARTS.slice(4 * (i - 1), 4 * i),
      ...['--shard', `${i}/${SHARDS}`, '--pilot', part(1), ...words],
    ]);
    const [one, two] = await Promise.all([listed, given].map((path) => succeeds('coreset', path, '--format', 'csv')));
    expect(one!.split('\n').length).toBeGreaterThan(90);
    expect(one).toBe(two);
  });

  it('of which a share of the rows is summed find their row numbers by the list', async () => {
    const words = [...COLUMNS, '--eps', String(EPS), '--sample', '4'];
    const all = await merged('share', SHARDS, (i) => ['--shards', GLOB, '--shard', `${i}/${SHARDS}`, ...words]);
    const rows = await rowsOfU(all);
    for (const [row, h] of (ask(LEVERAGE) as number[]).entries()) {
      if (h >= EPS) expect(rows.get(row)).toBeGreaterThanOrEqual(h * (1 - 1e-9));
    }
  });
});

describe.skipIf(!numpy)('20 shards with missing values', () => {
  beforeAll(() => {
    ask(WRITE, { lost: true });
  });

  it('take the means of the first by themselves', async () => {
    const words = [...COLUMNS, '--missing', 'mean', '--eps', String(EPS)];
    const all = await merged('means', SHARDS, (i) => ['--shards', GLOB, '--shard', `${i}/${SHARDS}`, ...words]);
    expectU(await rowsOfU(all), ask(LEVERAGE) as number[]);
  });
});

describe('the list of shards', () => {
  beforeAll(() => {
    for (const i of [1, 2]) folder.write(`few-${i}.csv`, readFileSync(new URL(import.meta.url)));
  });
  const few = folder.at('few-*.csv');
  it.each([
    ['without the one that is meant', ['--shards', few], /--shards lists all files of K: say which are meant/],
    ['and files beside it', [part(1), '--shards', few, '--shard', '1/2'], /leave .*part-1\.csv out/],
    ['of fewer files than shards', ['--shards', few, '--shard', '1/3'], /2 files are no 3 shards/],
    ['of no files', ['--shards', folder.at('none-*.csv'), '--shard', '1/3'], /no such files/],
    ['with a row number', ['--shards', few, '--shard', '1/2', '--row-offset', '5'], /--shard and --row-offset/],
  ])('%s is refused', async (_, words, message) => {
    const outcome = await run(['sketch', ...words, '-o', folder.at('never.lev')]);
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(message)]);
  });
});

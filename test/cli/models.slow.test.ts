/** Layers, batches and heads by name: every form of one model gives the same, which is what NumPy finds (fixtures/model). */

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, type Outcome, shell } from '../support/program.js';
import { expectRows, fromArrow, fromCsv } from './answers.js';

const run = runnerInTurn();

interface Answers {
  readonly sets: readonly (readonly number[])[];
  readonly entries: readonly (readonly number[])[];
}
const EXPECTED = JSON.parse(readFileSync(fixturePath('model/expected.json'), 'utf8')) as {
  readonly eps: number;
  readonly even: Answers & { readonly causal: readonly (readonly number[])[] };
  readonly uneven: Answers;
};
const { even, uneven } = EXPECTED;
const folder = temporaryFolder();
cpSync(fixturePath('model'), folder.path, { recursive: true });
const EPS = ['--eps', String(EXPECTED.eps)];
const TOLERANCE = 1e-9;
/** Products of float32, as documented (docs/guarantees.md). */
const SOFTMAX_TOLERANCE = 1e-5;
const cwd = folder.path;
const K = 'even.safetensors::layers.{layer}.k';
const Q = 'even.safetensors::layers.{layer}.q';

const succeed = async (args: readonly string[]): Promise<Outcome> => {
  const outcome = await run(args, { cwd });
  expect([outcome.stderr, outcome.code]).toEqual(['', 0]);
  return outcome;
};
const csv = async (args: readonly string[]) => fromCsv((await succeed([...args, '--format', 'csv'])).stdout);
const fails = async (args: readonly string[]): Promise<[number | null, string]> => {
  const outcome = await run(args, { cwd });
  return [outcome.code, errorLine(outcome)];
};

/** Rows of the first example, without its number. */
const first = (rows: readonly (readonly number[])[]) =>
  rows.filter(([, batch]) => batch === 0).map(([layer, , ...rest]) => [layer!, ...rest]);

describe('U of every form', () => {
  test.each([
    ['a container', [K], even.sets],
    ['an npz', ['even.npz::layers.{layer}.k'], even.sets],
    ['a file a layer', ['layer{layer}_k.npy'], even.sets],
    ['a stacked array', ['stacked-k.npy', '--layout', 'lbhnd'], even.sets],
    ['a name for each of the three', ['b{batch}-h{head}.npz::k{layer}'], even.sets],
    ['a part of each', [`${K}[0]`], first(even.sets)],
    ['a part of a stacked array', ['stacked-k.npy::[:, 0]', '--layout', 'lhnd'], first(even.sets)],
    ['caches of keys and values', ['cache.{layer}.safetensors::kv_cache[0]', '--heads', '2'], first(even.sets)],
    ['some layers', [K, '--layer', '1:'], even.sets.filter(([layer]) => layer! > 0)],
    [
      'some of all',
      [K, '--layer', '0,2', '--head', '1', '--batch', '1'],
      even.sets.filter(([l, b, h]) => l !== 1 && b === 1 && h === 1),
    ],
    ['layers of different sizes', ['uneven.npz::{layer}.k'], uneven.sets],
  ])('%s', async (_, args, expected) => {
    const found = await csv(['select-keys', ...EPS, ...args]);
    expect(found.columns.slice(-2)).toEqual(['index', 'score']);
    expect(found.columns.slice(0, -2)).toEqual(
      expected[0]!.length === 5 ? ['layer', 'batch', 'head'] : ['layer', 'head'],
    );
    expectRows(found, expected, TOLERANCE);
  });
});

describe('entries', () => {
  test('of U in Arrow, of K, of other forms: the same bytes', async () => {
    await succeed(['select-keys', ...EPS, K, '-o', 'U.arrow']);
    const found = await succeed(['heavy', Q, '--keys', 'U.arrow', '--format', 'csv']);
    const rows = fromCsv(found.stdout);
    expect(rows.columns).toEqual(['layer', 'batch', 'head', 'query', 'key', 'score']);
    expectRows(rows, even.entries, TOLERANCE);
    for (const [queries, keys, ...rest] of [
      [Q, 'layer{layer}_k.npy'],
      ['layer{layer}_q.npy', 'b{batch}-h{head}.npz::k{layer}'],
      ['stacked-q-lbnhd.npy', 'stacked-k.npy', '--layout', 'K=lbhnd,Q=lbnhd'],
      ['stacked-q-lbnhd.npy', 'U.arrow', '--layout', 'lbnhd'],
    ] as const) {
      const other = await succeed(['heavy', queries, '--keys', keys, ...EPS, ...rest, '--format', 'csv']);
      expect(other.stdout.equals(found.stdout), keys).toBe(true);
    }
  });

  test('of layers of different sizes, by U that holds them all', async () => {
    await succeed(['select-keys', ...EPS, 'uneven.npz::{layer}.k', '-o', 'uneven.arrow']);
    expectRows(fromArrow(readFileSync(folder.at('uneven.arrow'))), uneven.sets, TOLERANCE);
    const found = await csv(['heavy', 'uneven.npz::{layer}.q', '--keys', 'uneven.arrow']);
    expect(found.columns).toEqual(['layer', 'head', 'query', 'key', 'score']);
    expectRows(found, uneven.entries, TOLERANCE);
    const inspected = (await succeed(['inspect', 'uneven.arrow'])).stdout.toString();
    expect(inspected).toMatch(/^layer 10, head 2 +\|U\| \d+ of n 26, d 5, /m);
  });

  test('causal, with a mask of keys and queries, which may lie in the container', async () => {
    const args = ['--causal', '--f', 'softmax', ...EPS];
    const found = await succeed(['heavy', Q, '--keys', K, '--mask', 'mask.npy', ...args, '--format', 'csv']);
    expectRows(fromCsv(found.stdout), even.causal, SOFTMAX_TOLERANCE);
    const inside = 'even.safetensors::attention_mask';
    const other = await succeed(['heavy', Q, '--keys', K, '--mask', inside, ...args, '--format', 'csv']);
    expect(other.stdout.equals(found.stdout)).toBe(true);
    const one = await csv(['heavy', `${Q}[1]`, '--keys', `${K}[1]`, '--mask', `${inside}[1]`, ...args]);
    const second = even.causal.filter(([, batch]) => batch === 1).map(([layer, , ...rest]) => [layer!, ...rest]);
    expectRows(one, second, SOFTMAX_TOLERANCE);
  });

  test('a U for each layer', async () => {
    for (const layer of [0, 1, 2]) {
      await succeed(['select-keys', ...EPS, `layer${layer}_k.npy`, '-o', `U${layer}.arrow`]);
    }
    expectRows(await csv(['heavy', Q, '--keys', 'U{layer}.arrow']), even.entries, TOLERANCE);
  });
});

describe('other commands', () => {
  test('scores, convert and attend: axes of layers before all others', async () => {
    await succeed(['convert', 'layer{layer}_k.npy', '-o', 'again.npy']);
    expect(readFileSync(folder.at('again.npy')).equals(readFileSync(fixturePath('model/stacked-k.npy')))).toBe(true);
    await succeed(['select-keys', ...EPS, K, '-o', 'U.npy']);
    const V = 'even.safetensors::layers.{layer}.v';
    await succeed(['attend', Q, '--keys', K, '--rows', 'U.npy', '--values', V, '-o', 'O.npy']);
    await succeed(['attend', Q, '--keys', 'U.arrow', '--values', V, '-o', 'O2.npy']);
    expect(readFileSync(folder.at('O.npy')).equals(readFileSync(folder.at('O2.npy')))).toBe(true);
    expect(readFileSync(folder.at('O.npy')).toString('latin1', 0, 128)).toContain("'shape': (3, 2, 4, 24, 3)");
    await succeed(['scores', K, '-o', 'scores.npy']);
    expect(readFileSync(folder.at('scores.npy')).toString('latin1', 0, 128)).toContain("'shape': (3, 2, 2, 24)");
  });

  test('verify, coverage and report name layers', async () => {
    await succeed(['heavy', Q, '--keys', 'U.arrow', '-o', 'entries.csv']);
    const verified = await succeed([
      'verify',
      Q,
      '--keys',
      K,
      '--set',
      'U.arrow',
      '--entries',
      'entries.csv',
      '--json',
    ]);
    const { heads } = JSON.parse(verified.stdout.toString()) as { heads: Record<string, unknown>[] };
    expect(heads).toHaveLength(24);
    expect(heads[23]).toMatchObject({ layer: 2, batch: 1, head: 3, ok: true });
    const covered = await csv(['coverage', `${Q}[0]`, '--keys', `${K}[0]`, '--k', '2', '-o', '-']);
    expect(covered.columns.slice(0, 2)).toEqual(['layer', 'head']);
    const page = await succeed(['report', `${Q}[0]`, '--keys', `${K}[0]`, '--layer', '2', '--head', '3', '-o', '-']);
    expect(page.stdout.toString()).toMatch(/layer 2, head 3/i);
  });

  test('inspect lists by pattern, guesses, and prints the command that would do it', async () => {
    const found = (await succeed(['inspect', 'even.safetensors'])).stdout.toString();
    expect(found).toMatch(/^tensor +layers\.\{layer\}\.k {2}3 x F32 \(2, 2, 24, 4\)$/m);
    expect(found).toMatch(/^K\? +layers\.\{layer\}\.k, by its name$/m);
    const [, line] = /^try +levattn (.*)$/m.exec(found)!;
    const tried = await shell(`levattn ${line} --details --k 2 | head -1`, { cwd });
    expect(tried.stdout.toString()).toBe('layer 0, batch 0, head 0\n');
    const inFolder = await succeed(['inspect', '.', '--json']);
    const { patterns } = JSON.parse(inFolder.stdout.toString()) as { patterns: object[] };
    expect(patterns).toContainEqual({
      pattern: './cache.{layer}.safetensors::kv_cache',
      count: 3,
      type: 'F32',
      shape: '(2, 24, 8)',
    });
    expect((await succeed(['inspect', 'layer{layer}_q.npy'])).stdout.toString()).toMatch(/3 x float32 \(2, 4, 24, 4\)/);
  });
});

describe('before anything is read', () => {
  mkdirSync(folder.at('few'));
  for (const layer of [0, 2]) cpSync(folder.at(`layer${layer}_q.npy`), folder.at(`few/q${layer}.npy`));
  for (const layer of [0, 1]) cpSync(folder.at(`layer${layer}_k.npy`), folder.at(`few/k${layer}.npy`));
  cpSync(folder.at('few/q0.npy'), folder.at('few/q00.npy'));
  folder.write('few/12121', '');

  test.each<[string, string[], number, RegExp]>([
    [
      'a layer that Q lacks',
      ['few/q{layer}.npy', '--keys', K],
      65,
      /few\/q\{layer\}\.npy: .* are both layer 0; rename/,
    ],
    [
      'a layer that K lacks',
      [Q, '--keys', 'few/k{layer}.npy'],
      65,
      /few\/k\{layer\}\.npy: K lacks layer 2, which Q has/,
    ],
    [
      'layers that Q lacks',
      ['layer0_q.npy', '--keys', K],
      65,
      /layer0_q\.npy: Q has no layers where K has layers 0, 1, 2/,
    ],
    ['heads that do not divide', [`${Q}[:, 0:3]`, '--keys', K], 65, /layers\.0\.k: 2 heads for 3 heads of queries/],
    ['the same tensor', [K, '--keys', K], 64, /K and Q are both its tensor layers\.0\.k; name one for each/],
    ['the same part', [`${K}[0]`, '--keys', `${K}[0:1, ...]`], 64, /K and Q are both its tensor layers\.0\.k/],
    [
      'no tensor',
      ['even.npz::layer.{layer}.q', '--keys', K],
      65,
      /no tensor matches layer\.\{layer\}\.q; there are layers\.\{layer\}\.k: 3 x float32/,
    ],
    [
      'no file',
      ['layer{layer}_x.npy', '--keys', K],
      65,
      /no file matches; in \. there are .*layer\{layer\}_k\.npy \(3\)/,
    ],
    [
      'two places in one name',
      ['few/{layer}2{head}', '--keys', K],
      64,
      /few\/12121 may be layer 1, head 121, or layer 121, head 1; put/,
    ],
    ['a layer that is not there', [Q, '--keys', K, '--layer', '3'], 65, /--layer 3, where there are 0 to 2/],
    [
      'an axis that is not there',
      ['layer0_q.npy', '--keys', 'layer0_k.npy', '--layer', '0'],
      65,
      /has no axis of layers; leave --layer out/,
    ],
    [
      'layers twice',
      ['stacked-k.npy', '--keys', 'layer{layer}_k.npy', '--layout', 'Q=lbhnd,K=lhnd'],
      65,
      /has an axis of layers, which its name says, too|axes/,
    ],
    ['five axes of no known order', ['stacked-k.npy', '--keys', K], 65, /whose axes are not known; say --layout lbhnd/],
  ])('%s', async (_, args, code, message) => {
    const [exit, line] = await fails(['coverage', ...args]);
    expect([exit, line]).toEqual([code, expect.stringMatching(message)]);
  });

  const V = 'even.safetensors::layers.{layer}.v';
  mkdirSync(folder.at('gap'));
  for (const layer of [0, 2]) cpSync(folder.at(`layer${layer}_q.npy`), folder.at(`gap/q${layer}.npy`));

  describe.each<[string, readonly string[]]>([
    ['coverage', ['-o', 'never.csv']],
    ['heavy', ['-o', 'never.csv']],
    ['heavy --f softmax', ['-o', 'never.csv']],
    ['verify', ['--json']],
    ['report', ['-o', 'never.html']],
    ['attend', ['--rows', 'rows.npy', '--values', V, '-o', 'never.npy']],
  ])('%s', (command, more) => {
    test.each<[string, string[], number, RegExp]>([
      ['the same tensor', [K, '--keys', K], 64, /: K and Q are both its tensor layers\.0\.k; name one for each, as /],
      [
        'a layer that Q lacks',
        ['gap/q{layer}.npy', '--keys', K],
        65,
        /: Q lacks layer 1, which K has \(.*choose common ones with --layer/,
      ],
      [
        'heads that do not divide',
        [`${Q}[:, 0:3]`, '--keys', K],
        65,
        /: 2 heads for 3 heads of queries, .*; check --layout/,
      ],
      [
        'no tensor',
        ['even.npz::blocks.{layer}.q', '--keys', K],
        65,
        /no tensor matches blocks\.\{layer\}\.q; there are layers/,
      ],
      [
        'no file',
        [Q, '--keys', 'none/k{layer}.npy'],
        65,
        /no file matches, as there is no folder none; check the path$/,
      ],
      [
        'two places in one name',
        ['few/{layer}2{head}', '--keys', K],
        64,
        /12121 may be layer 1, head 121, or layer 121/,
      ],
      [
        'two placeholders side by side',
        ['few/q{layer}{head}.npy', '--keys', K],
        64,
        /follow one another, .*; put something/,
      ],
    ])('%s: one line, and no output', async (_, args, code, message) => {
      const [exit, line] = await fails([...command.split(' '), ...args, ...more]);
      expect([exit, line]).toEqual([code, expect.stringMatching(message)]);
      expect(readdirSync(cwd).filter((name) => name.includes('never'))).toEqual([]);
    });
  });

  test('a sketch of one of the matrices', async () => {
    await succeed(['sketch', K, '--layer', '1', '--batch', '0', '--head', '1', '-o', 'K.lev']);
    const found = await csv(['select-keys', 'K.lev', ...EPS]);
    expectRows(
      found,
      even.sets.filter(([l, b, h]) => l === 1 && b === 0 && h === 1),
      TOLERANCE,
    );
  });
});

test('a path that exists under the whole name wins', async () => {
  cpSync(folder.at('layer1_k.npy'), folder.at('odd{layer}.npy'));
  cpSync(folder.at('layer2_k.npy'), folder.at('odd7.npy'));
  const found = await csv(['select-keys', ...EPS, 'odd{layer}.npy']);
  expect(found.columns).toEqual(['batch', 'head', 'index', 'score']);
  expectRows(
    found,
    even.sets.filter(([layer]) => layer === 1).map((row) => row.slice(1)),
    TOLERANCE,
  );
});

test('hundreds of files do not use up descriptors', async () => {
  mkdirSync(folder.at('many'));
  for (let i = 0; i < 200; i++) {
    for (const role of ['k', 'q']) symlinkSync(`../layer${i % 3}_${role}.npy`, folder.at(`many/${role}${i}.npy`));
  }
  const { stdout, stderr, code } = await shell(
    `ulimit -n 40; levattn heavy 'many/q{layer}.npy' --keys 'many/k{layer}.npy' --eps ${EXPECTED.eps} --head 0 --batch 0 --threads 1 --format csv`,
    { cwd },
  );
  expect([stderr, code]).toEqual(['', 0]);
  const found = fromCsv(stdout);
  const expected = even.entries.filter(([, batch, head]) => batch === 0 && head === 0);
  for (const layer of [0, 1, 198, 199]) {
    const own = found.rows.filter(([at]) => at === layer).map((row) => row.slice(1));
    const same = expected.filter(([at]) => at === layer % 3).map((row) => row.slice(1));
    expectRows({ columns: [], rows: own }, same, TOLERANCE);
  }
});

describe('sketches of all places in one file', () => {
  const half = (part: string): string => `${K}[:, :, ${part}]`;
  const placesIn = (found: { readonly rows: readonly (readonly number[])[] }) =>
    found.rows.map((row) => row.slice(0, 4));

  test('U of a sketch, of merged shards, and of one that was gone on with', async () => {
    await succeed(['sketch', K, ...EPS, '-o', 'all.lev']);
    const found = await csv(['select-keys', 'all.lev']);
    expect(found.columns).toEqual(['layer', 'batch', 'head', 'index', 'score']);
    expectRows(found, even.sets, TOLERANCE);
    await succeed(['sketch', half(':10'), '--shard', '1/2', ...EPS, '-o', '1.lev']);
    await succeed(['sketch', half('10:'), '--shard', '2/2', ...EPS, '-o', '2.lev']);
    await succeed(['merge', '2.lev', '1.lev', '-o', 'merged.lev']);
    expectRows(await csv(['select-keys', 'merged.lev']), even.sets, TOLERANCE);
    await succeed(['sketch', half(':10'), ...EPS, '-o', 'begun.lev']);
    await succeed(['sketch', half('10:'), '--append', 'begun.lev', '-o', 'whole.lev']);
    expectRows(
      await csv(['select-keys', 'whole.lev', '--layer', '1:']),
      even.sets.filter(([layer]) => layer! > 0),
      TOLERANCE,
    );
    expectRows(await csv(['heavy', Q, '--keys', 'merged.lev', ...EPS]), even.entries, TOLERANCE);
    const told = (await succeed(['inspect', 'merged.lev'])).stdout.toString();
    expect(told).toMatch(/^layer 2, batch 1, head 1 +\|U\| \d+ of n 24, d 4, rank 4, f power:2, eps 0\.2$/m);
    const untold = (await succeed(['inspect', '1.lev', '--json'])).stdout.toString();
    expect((JSON.parse(untold) as { sketches: { layer: number; missing: string }[] }).sketches[11]).toMatchObject({
      layer: 2,
      missing: 'shard 2 of 2',
    });
  });

  test('coresets of all places hold U of each', async () => {
    await succeed(['sketch', K, ...EPS, '--sample-size', '5', '-o', 'sampled.lev']);
    const found = await csv(['coreset', 'sampled.lev']);
    expect(found.columns).toEqual(['layer', 'batch', 'head', 'index', 'weight']);
    const sampled = placesIn(found).map((row) => row.join());
    for (const row of even.sets) expect(sampled).toContain(row.slice(0, 4).join());
  });

  test('what does not go together', async () => {
    await succeed(['sketch', 'layer0_k.npy', ...EPS, '-o', 'heads.lev']);
    expect(await fails(['merge', 'all.lev', 'heads.lev', '-o', 'x.lev'])).toEqual([
      65,
      'all.lev and heads.lev cannot be merged: they are of different layers, examples or heads; make both alike',
    ]);
    expect(await fails(['sketch', 'layer0_k.npy', '--append', 'all.lev', '-o', 'x.lev'])).toEqual([
      65,
      expect.stringMatching(/all\.lev: holds sketches of other axes than layer0_k\.npy has heads along/),
    ]);
    expect(await fails(['heavy', Q, '--keys', 'all.lev', '--layer', '0', '--eps', '0.01'])).toEqual([
      65,
      expect.stringMatching(/was made for eps >= 0\.2/),
    ]);
  });
});

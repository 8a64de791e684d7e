/** `levattn coverage` of several heads: NumPy's figures of a decoder, and the table for people. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { sharedData } from '../support/fixtures.js';
import { headFile } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();

const coverage = async (args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(['coverage', ...args]);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

interface Share {
  readonly selection: string;
  readonly k: number;
  readonly mass: number;
  readonly error: { readonly median: number; readonly mean: number; readonly p90: number };
}

interface Head {
  readonly batch: number;
  readonly head: number;
  readonly n: number;
  readonly functions: readonly {
    readonly coverage: readonly Share[];
    readonly needed: readonly { readonly selection: string; readonly k: readonly number[] }[];
  }[];
}

const shareOf = ({ functions: [first] }: Head, selection: string, k: number): Share =>
  first.coverage.find((row) => row.selection === selection && row.k === k)!;

const neededOf = ({ functions: [first] }: Head, selection: string): readonly number[] =>
  first.needed.find((row) => row.selection === selection)!.k;

const model = sharedData('model-dump/model/expected.json');

describe.skipIf(!model)('a decoder (../shared/data/model-dump), by NumPy', () => {
  interface Expected {
    readonly head: number;
    readonly k90: number;
    readonly kept_longest64: number;
    readonly kept_best64: number;
    readonly rel_err_best64: { readonly median: number; readonly mean: number; readonly p90: number };
  }

  test.each([0, 2])('layer %i: shares, keys for 90 %% and output errors of grouped queries', async (layer) => {
    const at = (role: string): string => sharedData(`model-dump/model/layer${layer}_${role}.npy`)!;
    const files = [at('q'), '--keys', at('k'), '--values', at('v')];
    const args = [...files, '--by', 'key-norm', '--causal', '--f', 'softmax', '--k', '64', '--json'];
    const { heads } = JSON.parse(await coverage(args)) as { heads: Head[] };
    const expected = JSON.parse(readFileSync(model!, 'utf8')).files['doc.safetensors'].layers[layer].sequences[0]
      .heads as Expected[];
    expect(heads.map(({ head }) => head)).toEqual(expected.map(({ head }) => head));
    for (const [i, head] of heads.entries()) {
      const { k90, kept_longest64, kept_best64, rel_err_best64 } = expected[i];
      const best = shareOf(head, 'best afterwards', 64);
      expect(neededOf(head, 'best afterwards')[0]).toBe(k90);
      expect(shareOf(head, 'key-norm', 64).mass).toBeCloseTo(kept_longest64, 10);
      expect(best.mass).toBeCloseTo(kept_best64, 10);
      expect(best.error.median).toBeCloseTo(rel_err_best64.median, 9);
      expect(best.error.mean).toBeCloseTo(rel_err_best64.mean, 9);
      expect(best.error.p90).toBeCloseTo(rel_err_best64.p90, 9);
    }
  });
});

describe('tables of heads', () => {
  const ALL = [headFile('Q-bhnd.npy'), '--keys', headFile('K-bhnd.npy'), '--values', headFile('V-bhnd.npy')];
  const FEW = ['--f', 'softmax', '--k', '4,8'];

  test('a row a head, the extremes, and what keeps 90 % on all: the figures of --json', async () => {
    const [text, json] = await Promise.all([
      coverage([...ALL, ...FEW, '--by', 'key norm']),
      coverage([...ALL, ...FEW, '--by', 'key norm', '--json']),
    ]);
    const { heads } = JSON.parse(json) as { heads: Head[] };
    const lines = text.split('\n');
    expect(lines[0]).toMatch(
      /^softmax: keys that keep 90, 95 and 99 % of the attention, chosen by key-norm and at best/,
    );
    const cells = lines.slice(2, 2 + heads.length).map((line) => line.trim().split(/ {2,}/));
    expect(cells).toEqual(
      heads.map((head) => [
        ...[head.batch, head.head, head.n, ...neededOf(head, 'key-norm'), ...neededOf(head, 'best afterwards')].map(
          String,
        ),
        ...[4, 8].flatMap((k) => {
          const [own, best] = ['key-norm', 'best afterwards'].map((name) => shareOf(head, name, k));
          return [
            ...[own, best].map(({ mass }) => (100 * mass).toFixed(1)),
            ...[own, best].map(({ error }) => error.median.toPrecision(3)),
          ];
        }),
      ]),
    );
    const part = (head: Head): number => neededOf(head, 'key-norm')[0] / head.n;
    const parts = heads.map(part);
    const spell = (head: Head): string =>
      `batch ${head.batch}, head ${head.head}: ${neededOf(head, 'key-norm')[0]} of ${head.n} keys`;
    const fewest = heads.find((head) => part(head) === Math.min(...parts))!;
    const most = heads.findLast((head) => part(head) === Math.max(...parts))!;
    expect(text).toContain(`For 90 % by key-norm: fewest keys on ${spell(fewest)}`);
    expect(text).toContain(`most on ${spell(most)}`);
    const total = (name: string): number => heads.reduce((sum, head) => sum + neededOf(head, name)[0], 0);
    const keys = heads.reduce((sum, { n }) => sum + n, 0);
    expect(text).toContain(`To keep 90 % on each of ${heads.length} heads: ${total('key-norm')} of ${keys} keys`);
    expect(text).toContain(`${total('best afterwards')} of ${keys} keys`);
  });

  test('everything with --details, or of one head', async () => {
    const [details, one] = await Promise.all([
      coverage([...ALL, ...FEW, '--details']),
      coverage([...ALL, ...FEW, '--batch', '0', '--head', '1']),
    ]);
    const { shape } = JSON.parse(readFileSync(headFile('expected.json'), 'utf8'));
    expect(details.match(/^batch \d, head \d$/gm)).toHaveLength(shape.batch * shape.queryHeads);
    expect(one).toMatch(/^batch 0, head 1\n.*\n\nsoftmax: % of all attention\n/);
    expect(one).toMatch(/\nsoftmax: keys that keep +90 % +95 % +99 %\n|\nsoftmax: keys that keep\n/);
    expect(one).toMatch(/\nsoftmax: median relative error of the output\n/);
    expect(details).toContain(one.trim());
  });

  test('CSV: places, |U|, shares, errors and what is needed, a row for each function, selection and k', async () => {
    const path = folder.at('heads.csv');
    const { heads } = JSON.parse(await coverage([...ALL, ...FEW, '--json', '-o', path])) as { heads: Head[] };
    const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
    expect(head).toBe(
      'batch,head,f,n,queries,eps,universal,selection,k,mass,heavy_share,heavy_mass_share,error_median,error_mean,error_p90,k90,k95,k99,per_query,observed',
    );
    const rows = lines.map((line) => line.split(','));
    const expected = heads.flatMap((own) =>
      own.functions[0].coverage.map(({ selection, k, mass, error }) => ({
        place: [own.batch, own.head],
        selection,
        numbers: [k, mass, error.median, error.mean, error.p90, ...neededOf(own, selection)],
      })),
    );
    expect(rows.length).toBe(expected.length);
    for (const [i, { place, selection, numbers }] of expected.entries()) {
      const row = rows[i];
      expect([row.slice(0, 2).map(Number), row[7]]).toEqual([place, selection]);
      expect([8, 9, 12, 13, 14, 15, 16, 17].map((at) => Number(row[at]))).toEqual(numbers);
    }
  });
});

describe('what is refused', { tags: ['slow'] }, () => {
  const K = headFile('K-hnd.npy');
  test.each([
    ['V without queries', ['--keys', K, '--values', K], 64, /--values needs queries/],
    ['a selection that is none', [headFile('Q-hnd.npy'), '--keys', K, '--by', 'luck'], 64, /leverage, .*random/],
    [
      'V of another length',
      [headFile('Q-hnd.npy'), '--keys', K, '--values', headFile('Q-hnd.npy')],
      65,
      /V has \d+ rows where K has \d+|heads/,
    ],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await run(['coverage', ...args]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  test('Q from a pipe: the best afterwards have no output error, and that is said', async () => {
    const stdin = readFileSync(headFile('Q-hnd.npy'));
    const args = ['coverage', '-', '--keys', K, '--values', K, '--head', '0', '--f', 'softmax', '--k', '4', '--json'];
    const outcome = await run(args, { stdin });
    expect(errorLine(outcome)).toMatch(/warning: .*needs Q twice.*give Q as a file/);
    const head = (JSON.parse(outcome.stdout.toString()).heads ?? [JSON.parse(outcome.stdout.toString())])[0] as Head;
    expect(shareOf(head, 'best afterwards', 4).error.median).toBeNull();
    expect(shareOf(head, 'leverage', 4).error.median).toBeGreaterThan(0);
  });
});

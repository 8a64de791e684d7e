/** Dumps of a small language model (../shared/data/model-dump): every form gives the same bytes, and what NumPy counted. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { sharedData } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

interface Head {
  readonly head: number;
  readonly queries: number;
  readonly pairs_ge_0_05: number;
  readonly kept_longest64: number;
  readonly kept_best64: number;
}
interface Layer {
  readonly layer: number;
  readonly sequences: readonly { readonly heads: readonly Head[] }[];
}
interface Expected {
  readonly files: Readonly<Record<'doc.safetensors' | 'batch.safetensors', { readonly layers: readonly Layer[] }>>;
}

const dump = sharedData('model-dump/model/doc.safetensors') && sharedData('model-dump/model/');
const expected =
  dump === undefined ? undefined : (JSON.parse(readFileSync(`${dump}expected.json`, 'utf8')) as Expected);
const folder = temporaryFolder();

const part = (file: string, tensor: string): string => `${dump}${file}::model.layers.{layer}.self_attn.${tensor}`;

async function outputOf(args: readonly string[]): Promise<Buffer> {
  const { stdout, stderr, code } = await run(args, { cwd: folder.path });
  expect([stderr, code]).toEqual(['', 0]);
  return stdout;
}

/** How many entries there are of each place. */
function countsOf(csv: Buffer, axes: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of fromCsv(csv).rows) {
    const place = row.slice(0, axes).join();
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(dump === undefined)('a dump of a model', () => {
  test('U of every form is the same bytes', async () => {
    const select = (...args: string[]) => outputOf(['select-keys', ...args, '--eps', '0.02', '--format', 'csv']);
    const found = await select(`${part('doc.safetensors', 'k')}[0]`);
    const cache = `${dump}kv_cache/model.layers.{layer}.self_attn.attn.safetensors`;
    expect((await select(`${cache}::kv_cache[0]`, '--heads', '2')).equals(found)).toBe(true);
    expect((await select(`${dump}doc_k_stacked.npy::[:, 0]`, '--layout', 'lhnd')).equals(found)).toBe(true);
    const some = await select(`${part('doc.safetensors', 'k')}[0]`, '--layer', '0,2');
    expect((await select(`${dump}layer{layer}_k.npy::[0]`)).equals(some)).toBe(true);
  });

  test('heavy entries of every head, causal; the same from stacked arrays and from caches', async () => {
    const heavy = (queries: string, keys: string, ...args: string[]) =>
      outputOf([
        'heavy',
        queries,
        '--keys',
        keys,
        ...args,
        '--causal',
        '--f',
        'softmax',
        '--eps',
        '0.05',
        '--format',
        'csv',
      ]);
    const found = await heavy(part('doc.safetensors', 'q'), part('doc.safetensors', 'k'));
    const counts = expected!.files['doc.safetensors'].layers.flatMap(({ layer, sequences: [only] }) =>
      only!.heads.map(({ head, pairs_ge_0_05 }) => [`${layer},0,${head}`, pairs_ge_0_05]),
    );
    expect(countsOf(found, 3)).toEqual(Object.fromEntries(counts));
    const stacked = [`${dump}doc_q_stacked.npy`, `${dump}doc_k_stacked.npy`, '--layout', 'lbhnd'] as const;
    expect((await heavy(...stacked)).equals(found)).toBe(true);
    const cache = `${dump}kv_cache/model.layers.{layer}.self_attn.attn.safetensors::kv_cache[0]`;
    expect((await heavy(part('doc.safetensors', 'q'), cache, '--heads', 'K=2')).equals(found)).toBe(true);
  });

  test('a padded batch: padding counts neither as keys nor as queries', async () => {
    const mask = `${dump}batch.safetensors::attention_mask`;
    const inputs = [part('batch.safetensors', 'q'), '--keys', part('batch.safetensors', 'k'), '--causal'];
    const heavy = [...inputs, '--f', 'softmax', '--eps', '0.05', '--format', 'csv'];
    const found = await outputOf(['heavy', ...heavy, '--mask', mask]);
    const heads = expected!.files['batch.safetensors'].layers.flatMap(({ layer, sequences }) =>
      sequences.flatMap((sequence, batch) => sequence.heads.map((head) => ({ layer, batch, ...head }))),
    );
    const counts = heads.map(({ layer, batch, head, pairs_ge_0_05 }) => [`${layer},${batch},${head}`, pairs_ge_0_05]);
    expect(countsOf(found, 3)).toEqual(Object.fromEntries(counts));
    const covered = await outputOf([
      'coverage',
      ...inputs,
      '--mask',
      `${dump}batch_mask.npy`,
      '--f',
      'softmax',
      '--by',
      'key-norm',
      '--k',
      '64',
      '--layer',
      '3',
      '--json',
    ]);
    const reports = JSON.parse(covered.toString()) as {
      heads: {
        layer: number;
        batch: number;
        head: number;
        queries: number;
        functions: { coverage: { selection: string; k: number; mass: number }[] }[];
      }[];
    };
    for (const head of heads.filter(({ layer }) => layer === 3)) {
      const own = reports.heads.find((one) => one.batch === head.batch && one.head === head.head)!;
      expect([own.layer, own.queries]).toEqual([3, head.queries]);
      const mass = (selection: string) =>
        own.functions[0]!.coverage.find((row) => row.selection === selection && row.k === 64)!.mass;
      expect(mass('best afterwards')).toBeCloseTo(head.kept_best64, 9);
      expect(mass('key-norm')).toBeCloseTo(head.kept_longest64, 9);
    }
  });
});

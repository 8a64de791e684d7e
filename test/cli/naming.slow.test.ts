/** `FILE::TENSOR` in every command gives what the tensor as a file of its own gives; two roles of one tensor are refused. */

import { readFileSync, symlinkSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { boolArray, float32Array, npyOf, npzFrom, safetensorsFrom } from '../support/containers.js';
import { temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, shell } from '../support/program.js';
import { expectRows, fromCsv, scoresOf } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const one = loadCase('gaussian');
const { K, Q } = one;
const V = { rows: K.rows, d: 3, values: Float64Array.from({ length: 3 * K.rows }, (_, i) => Math.sin(i)) };
const arrays = {
  'layers.0.k': float32Array(K),
  'layers.0.q': float32Array(Q),
  'layers.0.v': float32Array(V),
  pilot: float32Array({ rows: 50, d: K.d, values: K.values.slice(0, 50 * K.d) }),
  mask: boolArray(Array.from({ length: K.rows }, (_, i) => i % 5 > 0)),
};
for (const [name, array] of Object.entries(arrays)) folder.write(`${name}.npy`, npyOf(array));
folder.write('d.safetensors', safetensorsFrom(arrays));
folder.write('d.npz', npzFrom(arrays));
const map = Object.fromEntries(Object.keys(arrays).map((name) => [name, 'd.safetensors']));
folder.write('d.safetensors.index.json', JSON.stringify({ weight_map: map }));
symlinkSync('d.safetensors', folder.at('link.st'));

/** Every role of every command; `k`, `q`, `v`, `mask`, `pilot` stand for inputs, `out` for the result. */
const COMMANDS = [
  'select-keys k --eps 0.1 -o out.csv',
  'select-keys k --eps 0.1 --mask mask -o out.csv',
  'select-keys k --eps 0.1 --f power:4 --pilot pilot --sample-size 40 -o out.arrow',
  'scores k -o out.npy',
  'heavy --keys k q --eps 0.1 -o out.csv',
  'heavy --keys k q --eps 0.1 --f power:4 --certify k --mask mask -o out.csv',
  'heavy --keys k q --eps 0.1 --f softmax --mask mask -o out.csv',
  'heavy --keys k q --eps 0.1 --causal -o out.csv',
  'coverage q --keys k -o out.csv',
  'verify q --keys k --eps 0.1 --json',
  'report q --keys k --svg out-figures',
  'convert k -o out.npy',
  'sketch k --mask mask -o out.lev',
  'attend q --keys U.arrow --values v --compare k -o out.npy',
  'attend q --keys k --rows U.npy --values v -o out.npy',
];
const words = (command: string, name: (tensor: string) => string): string[] =>
  command
    .split(' ')
    .map((word) => (['k', 'q', 'v'].includes(word) ? name(`layers.0.${word}`) : word))
    .map((word) => (['mask', 'pilot'].includes(word) ? name(word) : word));

/** What a command writes: its file, or what it prints. */
async function resultOf(args: readonly string[]): Promise<string> {
  const outcome = await run(args, { cwd: folder.path });
  expect([args.join(' '), outcome.code, outcome.stderr]).toEqual([args.join(' '), 0, '']);
  const out = args.at(-1)!;
  const path = out === 'out-figures' ? `${out}/coverage-softmax.svg` : out;
  return args.at(-2) === '-o' || args.at(-2) === '--svg'
    ? readFileSync(folder.at(path), 'latin1')
    : outcome.stdout.toString();
}

test('U is that of the fixture', async () => {
  const { eps } = one.expected.results[0]!;
  const args = ['select-keys', '--eps', String(eps), 'd.npz::layers.0.k', '--format', 'csv'];
  const { stdout } = await run(args, { cwd: folder.path });
  expectRows(fromCsv(stdout), scoresOf(one, one.expected.results[0]!), one.expected.tolerance);
});

const CONTAINERS = ['d.safetensors', 'd.npz', 'd.safetensors.index.json'];

describe('the same from every container', () => {
  beforeAll(async () => {
    for (const file of ['U.arrow', 'U.npy'])
      await run(['select-keys', 'layers.0.k.npy', '-o', file], { cwd: folder.path });
  });
  test.each(COMMANDS.map((command, i) => [command, CONTAINERS[i % CONTAINERS.length]!]))(
    'levattn %s of %s',
    async (command, container) => {
      const alone = await resultOf(words(command, (tensor) => `${tensor}.npy`));
      expect((await resultOf(words(command, (tensor) => `${container}::${tensor}`))) === alone).toBe(true);
    },
    60_000,
  );
});

test('--tensor is for an input that names none', async () => {
  const args = ['--keys', 'd.safetensors', '--tensor', 'layers.0.k', 'd.safetensors::layers.0.q', '--eps', '0.1'];
  const named = await run(['heavy', ...args, '--format', 'csv'], { cwd: folder.path });
  const alone = await run(['heavy', '--keys', 'layers.0.k.npy', 'layers.0.q.npy', '--eps', '0.1', '--format', 'csv'], {
    cwd: folder.path,
  });
  expect([named.code, named.stdout.toString()]).toEqual([0, alone.stdout.toString()]);
});

test('inspect tells of the tensor that is named; one that is missing is 65, with what there is', async () => {
  const found = await run(['inspect', 'd.npz::layers.0.q', '--json'], { cwd: folder.path });
  expect(JSON.parse(found.stdout.toString()).matrix).toMatchObject({ n: Q.rows, d: Q.d });
  const missing = await run(['inspect', 'd.npz::nope'], { cwd: folder.path });
  expect(missing.code).toBe(65);
  expect(missing.stderr).toMatch(/no tensor nope; there are layers\.0\.k: /);
});

test.each([
  ['d.safetensors/layers.0.k', /no such file; name a tensor of d\.safetensors as d\.safetensors::layers\.0\.k$/],
  ['d.safetensors:layers.0.k', /no such file; name a tensor of d\.safetensors as d\.safetensors::layers\.0\.k$/],
  ['nowhere/k.npy', /^nowhere\/k\.npy: no such file; check the path$/],
  [
    'nolayers.*.k.npy',
    /no such file; check the path; \* stands for files where several are taken, and of words in braces only \{layer\}/,
  ],
  ['layers.{i}.k.npy', /no such file; check the path; \* stands for files .* only \{layer\}, \{batch\} and \{head\}/],
  [
    'd.safetensors::layers.*.k',
    /no tensor layers\.\*\.k; there are .*; \{layer\}, \{batch\} and \{head\} stand for numbers$/,
  ],
])('%s: what may have been meant', async (name, message) => {
  for (const command of [
    ['select-keys', name, '--format', 'csv'],
    ['heavy', 'd.npz::layers.0.q', '--keys', name, '--format', 'csv'],
  ]) {
    const outcome = await run(command, { cwd: folder.path });
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
  }
});

test('inspect of several tensors names them once, and a command that takes them all', async () => {
  const file = 'of-two.npz';
  const roles = Object.entries({ k: K, q: Q, v: V });
  const of = roles.flatMap(([role, matrix]) =>
    [0, 1].map((i) => [`layers.${i}.${role}`, float32Array(matrix)] as const),
  );
  folder.write(file, npzFrom(Object.fromEntries(of)));
  const { code, stdout } = await run(['inspect', file], { cwd: folder.path });
  const [k, q, v] = roles.map(([, { rows, d }]) => `(${rows}, ${d})`);
  expect([code, stdout.toString().split('\n').slice(3)]).toEqual([
    0,
    [
      'matrix      6 matrices; name one with --tensor or as FILE::TENSOR',
      `tensor      layers.{layer}.k  2 x float32 ${k}`,
      `tensor      layers.{layer}.q  2 x float32 ${q}`,
      `tensor      layers.{layer}.v  2 x float32 ${v}`,
      'K?          layers.{layer}.k, by its name',
      'Q?          layers.{layer}.q, by its name',
      'V?          layers.{layer}.v, by its name',
      "try         levattn coverage 'of-two.npz::layers.{layer}.q' --keys 'of-two.npz::layers.{layer}.k' --values 'of-two.npz::layers.{layer}.v' --f softmax",
      '            for a decoder add --causal: each query then sees only the keys up to its own position',
      '',
    ],
  ]);
});

test('tensors of files that a glob names are shards of a job', async () => {
  const args = ['slurm', '--shards', 'd.safe*rs::layers.0.k', '-o', 'U-job.arrow', '--work', 'job'];
  expect((await run(args, { cwd: folder.path })).code).toBe(0);
  const made = await shell('bash job/shards/1.sh && levattn select-keys job/sketches/1.lev --format csv', {
    cwd: folder.path,
  });
  const alone = await run(['select-keys', 'layers.0.k.npy', '--format', 'csv'], { cwd: folder.path });
  expect([made.code, made.stdout.toString()]).toEqual([0, alone.stdout.toString()]);
});

describe.concurrent('what is no container has no tensors: 64', { tags: ['slow'] }, () => {
  test.each([
    ['npy', ['select-keys', 'layers.0.k.npy::k'], /layers\.0\.k\.npy: is npy, .*leave ::k out/],
    ['a universal set', ['heavy', '--keys', 'V.arrow::k', 'layers.0.q.npy'], /V\.arrow: is Arrow, /],
    ['a sketch', ['select-keys', 'V.lev::k'], /V\.lev: is a sketch, /],
    ['a mask', ['select-keys', 'layers.0.k.npy', '--mask', 'mask.npy::m'], /mask\.npy: is npy, /],
  ])('%s', async (_, args, message) => {
    await shell('levattn select-keys layers.0.k.npy -o V.arrow; levattn sketch layers.0.k.npy -o V.lev', {
      cwd: folder.path,
    });
    const outcome = await run(args, { cwd: folder.path });
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(message)]);
  });
});

describe.concurrent('two roles that are one tensor: 64, and how to name them', { tags: ['slow'] }, () => {
  const k = 'd.safetensors::layers.0.k';
  test.each([
    ['coverage, by --tensor', ['coverage', 'd.safetensors', '--keys', 'd.safetensors', '--tensor', 'layers.0.k']],
    ['heavy, by --tensor', ['heavy', 'd.npz', '--keys', 'd.npz', '--tensor', 'layers.0.k']],
    ['heavy --f softmax', ['heavy', 'd.npz', '--keys', 'd.npz', '--tensor', 'layers.0.k', '--f', 'softmax']],
    ['verify', ['verify', 'd.npz', '--keys', 'd.npz', '--tensor', 'layers.0.k']],
    ['report', ['report', 'd.npz', '--keys', 'd.npz', '--tensor', 'layers.0.k', '-o', 'never.html']],
    ['attend, K and V', ['attend', 'layers.0.q.npy', '--keys', k, '--rows', 'mask.npy', '--values', k]],
    ['attend, V and Q', ['attend', k, '--keys', 'layers.0.k.npy', '--rows', 'mask.npy', '--values', k]],
    ['certify, K and Q', ['heavy', k, '--keys', 'layers.0.k.npy', '--f', 'power:4', '--certify', k]],
    ['by its name, and by --tensor', ['coverage', 'd.safetensors', '--keys', k, '--tensor', 'layers.0.k']],
    ['by another name of the file', ['coverage', 'link.st::layers.0.k', '--keys', k]],
    ['by the index of the file', ['coverage', 'd.safetensors.index.json::layers.0.k', '--keys', k]],
  ])('%s', async (_, args) => {
    const outcome = await run(args, { cwd: folder.path });
    expect(outcome.code, outcome.stderr).toBe(64);
    expect(errorLine(outcome)).toMatch(
      /: (K and Q|K and V|V and Q) are both its tensor layers\.0\.k; name one for each, as \S+::TENSOR; there are .*layers\.0\.q/,
    );
    expect(outcome.stdout.length).toBe(0);
  });

  test('by default choice, where there is one matrix', async () => {
    folder.write('single.npz', npzFrom({ k: arrays['layers.0.k'] }));
    const outcome = await run(['coverage', 'single.npz', '--keys', 'single.npz'], { cwd: folder.path });
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/K and Q are both its tensor k/)]);
  });

  test('npy, of which the user has said so, is read twice', async () => {
    const args = ['coverage', 'layers.0.k.npy', '--keys', 'layers.0.k.npy'];
    expect((await run(args, { cwd: folder.path })).code).toBe(0);
  });

  test('K of --keys and of --certify is one role', async () => {
    const args = ['heavy', 'd.npz::layers.0.q', '--keys', k, '--certify', k, '--f', 'power:4', '--format', 'csv'];
    expect((await run(args, { cwd: folder.path })).code).toBe(0);
  });
});

/** Input formats by way of the program: options that choose, and what is said. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { errorLine, type Outcome, run, type Stdin, shell } from '../support/program.js';
import { fromCsv } from './answers.js';

const folder = temporaryFolder();
const formats = (name: string): string => fixturePath(`formats/${name}`);

const select = (args: readonly string[], stdin?: Stdin): Promise<Outcome> =>
  run(['select-keys', '--eps', '0.1', '--format', 'csv', ...args], stdin === undefined ? {} : { stdin });

/** Indices of U. */
const indices = ({ code, stdout }: Outcome): number[] => {
  expect(code).toBe(0);
  return fromCsv(stdout).rows.map(([index]) => index!);
};

describe.concurrent('safetensors', () => {
  test('--tensor, from a path and from a pipe, and through an index', async () => {
    const one = await select([formats('f32.safetensors')]);
    expect(indices(one).length).toBeGreaterThan(2);
    expect(one.stderr).toBe('');
    for (const stdin of [undefined, { file: formats('many.safetensors') }]) {
      const many = await select(['--tensor', 'keys', stdin ? '-' : formats('many.safetensors')], stdin);
      expect({ stdout: many.stdout, stderr: many.stderr }).toEqual({ stdout: one.stdout, stderr: '' });
    }
    const sharded = await select(['--tensor', 'a.k', formats('shards.safetensors.index.json')]);
    expect(indices(sharded).length).toBeGreaterThan(2);
  });

  test('the choice is said where there was one', async () => {
    const { code, stderr } = await select([formats('many.safetensors')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^levattn: warning: \S+: safetensors, tensor keys: F32 \(7, 3\); choose others with --tensor\n$/,
    );
  });

  test('several matrices: 65', async () => {
    const outcome = await select([formats('shards.safetensors.index.json')]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/2 matrices: a\.k: .*; name one with --tensor/);
  });
});

describe.concurrent('compressed inputs', () => {
  const K = fixturePath('demo/K.npy');
  const Q = fixturePath('demo/Q.npy');
  const run64 = (command: string): Promise<Outcome> => shell(command, { cwd: folder.path });
  const select64 = 'levattn select-keys --eps 0.05 --format csv';

  beforeAll(() => {
    folder.write('K.npy.gz', gzipSync(readFileSync(K)));
    folder.write('KQ.npy.gz', gzipSync(Buffer.concat([readFileSync(K), readFileSync(Q)])));
    folder.write('cut.npy.gz', gzipSync(readFileSync(K)).subarray(0, 200_000));
  });

  test.each([
    ['a path', 'K.npy.gz'],
    ['a pipe', '< <(cat K.npy.gz)'],
    ['a redirected file', '- < K.npy.gz'],
    ['a process substitution', '<(cat K.npy.gz)'],
  ])('gzip from %s', async (_, input) => {
    const plain = await run64(`${select64} ${K}`);
    const { code, stdout, stderr } = await run64(`${select64} ${input}`);
    expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: plain.stdout });
  });

  test('keys and queries in one, and in two', async () => {
    const heavy = 'levattn heavy --eps 0.02 --format csv';
    const plain = await run64(`${heavy} --keys ${K} ${Q}`);
    expect(fromCsv(plain.stdout).rows.length).toBeGreaterThan(5);
    for (const input of ['< KQ.npy.gz', `--keys K.npy.gz ${Q}`, `< <(cat K.npy.gz <(gzip -c ${Q}))`]) {
      const { code, stdout } = await run64(`${heavy} ${input}`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: plain.stdout });
    }
  });

  test('cut short: 65 from a file, 75 from a pipe', { tags: ['slow'] }, async () => {
    const file = await run64(`${select64} cut.npy.gz`);
    expect(file.code).toBe(65);
    expect(errorLine(file)).toMatch(/cut\.npy\.gz: gzip data end at byte 200000; the file is truncated/);
    const pipe = await run64(`cat cut.npy.gz | ${select64}`);
    expect(pipe.code).toBe(75);
    expect(errorLine(pipe)).toMatch(/stdin: gzip data end/);
  });
});

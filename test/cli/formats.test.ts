/** Input formats by way of the program: options that choose, and what is said. */

import { describe, expect, test } from 'vitest';
import { fixturePath } from '../support/fixtures.js';
import { errorLine, type Outcome, run, type Stdin } from '../support/program.js';
import { fromCsv } from './answers.js';

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

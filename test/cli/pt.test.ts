/** Files of torch.save through the program. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { readNpz } from '../support/npz.js';
import { errorLine, run, shell } from '../support/program.js';

const folder = temporaryFolder();
const pt = (name: string): string => fixturePath(`pt/${name}.pt`);
const expected = (name: string, tensor: string): readonly number[] =>
  readNpz(fixturePath(`pt/expected/${name}.npz`)).get(tensor)!.numbers;

describe('inspect', () => {
  it('lists the tensors, and says which is to be named', async () => {
    const { code, stdout } = await run(['inspect', pt('cache_slots'), '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout.toString());
    expect(report).toMatchObject({
      format: 'pt',
      tensors: [
        { name: 'layer0.keys', type: 'float16', shape: [1, 2, 40, 16] },
        { name: 'layer0.values', type: 'float16', shape: [1, 2, 40, 16] },
      ],
      problem: expect.stringMatching(/2 arrays of matrices: .*name one with --tensor or as .*::TENSOR/),
    });
    const named = await run(['inspect', `${pt('cache_slots')}::layer0.keys`]);
    expect([named.code, named.stdout.toString()]).toEqual([0, expect.stringContaining('layer0.keys')]);
  });
});

describe('convert', () => {
  it.each([
    ['dtypes_all', 'bf16'],
    ['dtypes_all', 'i64'],
    ['view_misc', 'overlap'],
    ['view_expanded', 'row'],
    ['big_endian', 'k'],
    ['deflated', 'q'],
    ['int_float_keys', 'x y/z'],
  ])('%s::%s is what NumPy saved', async (name, tensor) => {
    const out = folder.at(`${name}.ndjson`);
    const { code, stderr } = await run(['convert', `${pt(name)}::${tensor}`, '-o', out]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('levattn: ')]);
    const rows = readFileSync(out, 'utf8').trim().split('\n');
    expect(rows.flatMap((row) => JSON.parse(row) as number[])).toEqual(expected(name, tensor));
  });
});

describe('select-keys', () => {
  it('of heads, as of the same rows in an npz', async () => {
    const args = ['--eps', '0.1', '--format', 'csv'];
    const npz = fixturePath('pt/expected/cache_slots.npz');
    const [fromPt, fromNpz] = await Promise.all(
      [pt('cache_slots'), npz].map((file) => run(['select-keys', file, '--tensor', 'layer0.keys', ...args])),
    );
    expect([fromPt!.code, fromNpz!.code]).toEqual([0, 0]);
    expect(fromPt!.stdout.length).toBeGreaterThan(100);
    expect(fromPt!.stdout).toEqual(fromNpz!.stdout);
  });

  it('with a mask in such a file', async () => {
    const K = pt('dtype_bool');
    const { code, stderr } = await run(['inspect', `${K}::mask`]);
    expect([code, stderr]).toEqual([0, '']);
    const masked = await run(['select-keys', `${pt('dtypes_all')}::f32`, '--mask', `${K}::mask`, '--format', 'csv']);
    expect(errorLine(masked)).toMatch(/mask/);
  });
});

describe('a pipe', () => {
  it('is refused with what to do', async () => {
    const outcome = await shell(`cat '${pt('parameter')}' | levattn select-keys`);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      'stdin: pt is read from its end, which needs an input that can seek; name the file itself instead of a pipe',
    ]);
  });

  it('is not a redirect, which can seek', async () => {
    const outcome = await shell(`levattn select-keys --format csv < '${pt('parameter')}'`);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toEqual((await run(['select-keys', pt('parameter'), '--format', 'csv'])).stdout);
  });
});

/** `levattn convert` and `levattn inspect` on the built program. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { errorLine, run } from '../support/program.js';

const folder = temporaryFolder();
const demo = fixturePath('demo/K.npy');
const formats = (name: string): string => fixturePath(`formats/${name}`);
const sameNumbers = (one: ArrayLike<number>, other: ArrayLike<number>): boolean =>
  one.length === other.length && Array.prototype.every.call(one, (value, i) => value === other[i]);
const convert = (...args: string[]) => run(['convert', ...args]);

describe.concurrent('convert', () => {
  test.each(['arrow', 'arrows', 'csv', 'ndjson'])('npy to %s and back is the same matrix', async (ending) => {
    const [there, back] = [folder.at(`K.${ending}`), folder.at(`back-${ending}.npy`)];
    expect(await convert(demo, '-o', there)).toMatchObject({ code: 0, stderr: '' });
    expect((await convert(there, '-o', back)).code).toBe(0);
    const [before, after] = [loadMatrix(demo), loadMatrix(back)];
    expect([after.rows, after.d]).toEqual([before.rows, before.d]);
    expect(sameNumbers(after.values, before.values)).toBe(true);
    // float32 stays float32 where the format has it; text is read as float64.
    const descr = readFileSync(back).subarray(0, 128).toString('latin1');
    expect(descr).toContain(ending.startsWith('arrow') ? "'<f4'" : "'<f8'");
  });

  test('float32 npy to npy is the same array, whatever it came in', async () => {
    const out = folder.at('same.npy');
    for (const input of [demo, fixturePath('interop/duckdb-array.parquet')]) {
      expect((await convert(input, '-o', out)).code).toBe(0);
      const rows = input === demo ? 1536 : 600;
      expect(
        readFileSync(out)
          .subarray(128)
          .equals(readFileSync(demo).subarray(128, 128 + rows * 64 * 4)),
      ).toBe(true);
    }
  });

  test('ids stand in a column of their own, where the format has columns', async () => {
    const input = folder.write('ids.csv', 'x,id,y\n1.5,a,2.5\n3.5,b,4.5\n');
    const csv = await convert(input, '--id-column', 'id', '--format', 'csv');
    expect(csv.stdout.toString()).toBe(
      'id,k0,k1\na,1.5000000000000000,2.5000000000000000\nb,3.5000000000000000,4.5000000000000000\n',
    );
    for (const ending of ['arrow', 'parquet']) {
      const out = folder.at(`ids.${ending}`);
      expect(await convert(input, '--id-column', 'id', '-o', out)).toMatchObject({ code: 0, stderr: '' });
      const back = await convert(out, '--id-column', 'id', '--format', 'csv');
      expect(back.stdout).toEqual(csv.stdout);
    }
    const npy = folder.at('ids.npy');
    expect((await convert(input, '--id-column', 'id', '-o', npy)).stderr).toMatch(/ids are left out, as npy holds/);
    expect([...loadMatrix(npy).values]).toEqual([1.5, 2.5, 3.5, 4.5]);
  });

  test('from a pipe to a pipe', async () => {
    const { code, stdout } = await run(['convert', '--tensor', 'keys', '--format', 'csv'], {
      stdin: readFileSync(formats('many.safetensors')),
    });
    expect(code).toBe(0);
    const [head, ...lines] = stdout.toString().trimEnd().split('\n');
    expect([head, lines.length]).toEqual(['k0,k1,k2', 7]);
  });

  test('npy of unknown length from a pipe: 64, and no file', async () => {
    const outcome = await run(['convert', '-o', folder.at('none.npy')], { stdin: Buffer.from('1.5,2.5\n3.5,4.5\n') });
    expect(outcome.code).toBe(64);
    expect(errorLine(outcome)).toMatch(/stdin: npy begins with the number of rows.*write Arrow/);
    expect(existsSync(folder.at('none.npy'))).toBe(false);
  });

  test('bad data leave what stood at the path', async () => {
    const out = folder.write('kept.npy', 'before');
    const bad = folder.write('bad.ndjson', '[1,2]\n[3]\n');
    const outcome = await convert(bad, '-o', out);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/bad\.ndjson: line 2 has 1 numbers/);
    expect(readFileSync(out, 'utf8')).toBe('before');
  });
});

describe.concurrent('inspect', () => {
  const inspect = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(['inspect', '--json', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout.toString());
  };

  test('npy, compressed or not', async () => {
    expect(await inspect(demo)).toMatchObject({
      format: 'npy',
      compression: null,
      bytes: statSync(demo).size,
      matrix: { n: 1536, d: 64, dtype: 'float32', description: 'npy, float32' },
      universalSet: null,
    });
    expect(await inspect(formats('repeated.npy.zst'))).toMatchObject({
      compression: 'zstd',
      bytes: null,
      matrix: { n: 40, d: 5 },
    });
  });

  test('tensors, with the choice or why there is none', async () => {
    const one = await inspect(formats('many.safetensors'));
    expect(one.matrix).toMatchObject({ n: 7, d: 3, description: 'safetensors, tensor keys: F32 (7, 3)' });
    expect(one.tensors).toContainEqual({ name: 'cube', type: 'F16', shape: [2, 3, 4] });
    const two = await inspect(formats('zip64.npz'));
    expect(two).toMatchObject({ matrix: null, problem: expect.stringMatching(/2 matrices/) });
    expect(two.tensors).toEqual([
      { name: 'a', type: 'float32', shape: [40, 5] },
      { name: 'keys', type: 'float32', shape: [7, 3] },
    ]);
    expect((await inspect(formats('zip64.npz'), '--tensor', 'a')).matrix).toMatchObject({ n: 40, d: 5 });
  });

  test('a universal set', async () => {
    const U = folder.at('U.arrow');
    expect((await run(['select-keys', '--eps', '0.02', demo, '-o', U])).code).toBe(0);
    const { universalSet } = await inspect(U);
    expect(universalSet).toMatchObject({ n: 1536, d: 64, rank: 64, eps: 0.02, f: 'power:2', route: 'gram' });
    expect(universalSet.size).toBeGreaterThan(0);
    expect(universalSet.delta).toBeLessThan(1e-6);
  });

  test('for people, from standard input', async () => {
    const { code, stdout } = await run(['inspect'], { stdin: readFileSync(formats('rows.ndjson')) });
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^file +stdin\nformat +ndjson\nmatrix +rows unknown x 3 columns, read as float64\nwhat +NDJSON, arrays\n$/,
    );
  });

  test('what cannot be read: 65', { tags: ['slow'] }, async () => {
    const vector = await run(['inspect', fixturePath('npy/refused-vector.npy')]);
    expect([vector.code, errorLine(vector)]).toEqual([65, expect.stringMatching(/shape \(4,\)/)]);
    expect((await run(['inspect', folder.write('junk', '\0\0\x01junk')])).code).toBe(65);
    expect((await run(['inspect', folder.at('missing')])).code).toBe(65);
  });
});

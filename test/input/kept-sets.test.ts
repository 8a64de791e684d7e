/** Universal sets that are decoded once for all heads: a file that has changed under their feet, or is gone, does not matter any more. */

import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KeptSets } from '../../src/input/kept-sets.js';
import { openKeys } from '../../src/input/keys.js';
import { openInput } from '../../src/input/open.js';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { run } from '../support/program.js';

const folder = temporaryFolder();

test('a file of sets is decoded once, another one anew', async () => {
  const rows = Float32Array.from({ length: 2 * 6 * 2 }, (_, at) => ((at * 7) % 11) - 5);
  const K = folder.write('K.npy', Buffer.concat([npyHeader('<f4', [2, 6, 2]), Buffer.from(rows.buffer)]));
  const [U, other] = [folder.at('U.arrow'), folder.at('other.arrow')];
  for (const path of [U, other]) expect((await run(['select-keys', K, '--eps', '0.01', '-o', path])).code).toBe(0);
  const kept = new KeptSets();
  const setAt = async (path: string, head: number) => {
    const bytes = await openInput(path, 'U');
    const target = { batch: 0, head, of: { batch: 1, heads: 2 } };
    const keys = await openKeys(bytes, { target }, undefined, kept);
    if (keys.kind !== 'set') throw new Error(keys.kind);
    return keys.set;
  };
  const first = await setAt(U, 0);
  expect([...first.keys].slice(0, 2)).toEqual([...rows.subarray(2 * first.index[0], 2 * first.index[0] + 2)]);
  writeFileSync(U, 'nothing of that');
  const second = await setAt(U, 1);
  expect([...second.keys].slice(0, 2)).toEqual([...rows.subarray(12 + 2 * second.index[0], 14 + 2 * second.index[0])]);
  expect(await setAt(U, 0)).toBe(first);
  const anew = await setAt(other, 0);
  expect(anew).not.toBe(first);
  expect(anew).toEqual(first);
  await expect(setAt(U, 0)).rejects.toThrow();
});

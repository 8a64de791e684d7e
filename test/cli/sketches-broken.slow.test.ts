/** Sketches that are gone on with after a break, and damaged ones, on the built program. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { errorLine, run } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';

const folder = temporaryFolder();
const { K, paths } = loadCase('heavy-tailed');

async function ok(...args: string[]): Promise<void> {
  const { code, stderr } = await run(args);
  expect([code, stderr]).toEqual([0, '']);
}

async function refused(args: readonly string[], code: number, message: RegExp): Promise<void> {
  const outcome = await run(args);
  expect([outcome.code, errorLine(outcome)]).toEqual([code, expect.stringMatching(message)]);
}

describe('--append', () => {
  test('goes on after a break', async () => {
    // Below 512 columns blocks are small, so that half of the rows are several.
    const d = 480;
    // Well-conditioned, so that the appended rows are screened from the first block on.
    const { values } = makeMatrix('gaussian', 1024, d, 4);
    const rows = 6 * 1024;
    const many = new Float64Array(rows * d);
    for (let at = 0; at < many.length; at += values.length)
      many.set(
        values.map((value) => value * (1 + at / many.length)),
        at,
      );
    const bytes = npyFrom({ rows, d, values: many });
    const path = folder.write('many.npy', bytes);
    const begun = folder.at('begun.lev');
    await ok('sketch', path, '-o', begun);
    const whole = folder.at('append-whole.lev');
    await ok('sketch', '--append', begun, path, '-o', whole);
    const out = folder.at('append-out.lev');
    const checkpoint = folder.at('append-break.ck');
    const args = ['sketch', '--append', begun, '-o', out, '--checkpoint', checkpoint];
    const broken = await run([...args, '--every', '1'], { stdin: bytes.subarray(0, bytes.length / 2) });
    expect([broken.code, existsSync(checkpoint)]).toEqual([75, true]);
    await refused(
      ['sketch', '--append', whole, path, '-o', out, '--checkpoint', checkpoint],
      65,
      /checkpoint of another command: rows .* and rows /,
    );
    await refused(
      ['sketch', path, '-o', out, '--checkpoint', checkpoint],
      65,
      /checkpoint of another command: rows .* and rows /,
    );
    await refused(
      ['sketch', '--shard', '1/2', path, '-o', out, '--checkpoint', checkpoint],
      65,
      /checkpoint of another command: shard 1 of 2 and rows /,
    );
    const rest = await run(args, { stdin: bytes });
    expect([rest.code, rest.stderr]).toEqual([0, expect.stringMatching(/going on after [\d,]+ rows\n$/)]);
    expect(readFileSync(out).equals(readFileSync(whole))).toBe(true);
    const bad = Buffer.from(bytes);
    bad.writeFloatLE(Number.POSITIVE_INFINITY, bytes.length - 4 * d);
    await refused(
      ['sketch', '--append', begun, folder.write('bad.npy', bad), '-o', out],
      65,
      new RegExp(`bad\\.npy: row ${rows - 1}, column 0: Infinity`),
    );
  });
});

test('a sketch with any byte changed is refused', async () => {
  const part = folder.write('part.npy', npyFrom(rowsOf(K, 0, Math.floor(K.rows / 2))));
  const sketch = folder.at('part.lev');
  await ok('sketch', part, '--shard', '1/4', '-o', sketch);
  const whole = readFileSync(sketch);
  const damaged = Buffer.from(whole);
  const path = folder.at('damaged.lev');
  for (let k = 0; k < 12; k++) {
    const at = 600 + Math.floor(((whole.length - 620) * k) / 12);
    damaged[at] ^= 0x40;
    writeFileSync(path, damaged);
    await refused(
      [['select-keys'], ['heavy', '--keys'], ['merge', '-o', folder.at('never.lev')]][k % 3].concat(
        path,
        k % 3 === 1 ? [paths.Q] : [],
      ),
      65,
      /damaged\.lev: a damaged sketch: /,
    );
    damaged[at] = whole[at];
  }
});

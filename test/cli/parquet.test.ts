/** Parquet on the command line: what users are told of columns left out, of missing rows and of folders. */

import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const file = (name: string): string => fixturePath(`parquet/${name}.parquet`);
const folder = temporaryFolder();

describe('Parquet', { concurrent: true }, () => {
  test('the index of a data frame is left out, which is said', async () => {
    const { code, stderr } = await run(['select-keys', file('pyarrow-p_pandas_floatindex')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /warning: .*4 Float64 columns a, b, c, d \(left out: __index_level_0__ \(index\)\); choose others/,
    );
  });

  test('rows with nulls are passed over where that is asked for', async () => {
    const refused = await run(['select-keys', file('v2-null-lists-7')]);
    expect([refused.code, refused.stdout.length]).toEqual([65, 0]);
    expect(errorLine(refused)).toMatch(/row 0 has a null in column key; .*--missing skip$/);
    const { code, stderr } = await run(['select-keys', '--nan', 'skip', file('v2-null-lists-7')]);
    // Null lists in rows 0, 1, 23, 24 and 29, null entries in rows 5 and 25.
    expect([code, stderr]).toEqual([0, 'levattn: warning: 7 rows with NaN, infinities or missing values left out\n']);
  });

  test('an encrypted file', async () => {
    const refused = await run(['inspect', file('pyarrow-encFalse')]);
    expect(refused.code).toBe(65);
    expect(refused.stderr).toMatch(/encrypted Parquet, its footer as well; .* write it without encryption first/);
  });

  test('a folder of parts is refused with the pattern of its files', async () => {
    folder.write('_SUCCESS', '');
    folder.write('part-0.parquet', '');
    const refused = await run(['select-keys', folder.path]);
    expect(refused.code).toBe(65);
    expect(errorLine(refused)).toBe(
      `${folder.path}: is a directory of Parquet files; name the files in it: ${folder.path}/*.parquet`,
    );
  });
});

/** `levattn inspect` on the built program: universal sets wherever they come from, and headers without what follows them. */

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { arrowFrom, npyHeader, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { errorLine, type Outcome, run, start } from '../support/program.js';

const folder = temporaryFolder();
const demo = fixturePath('demo/K.npy');

const reportOf = ({ code, stdout, stderr }: Outcome) => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.toString());
};

describe.concurrent('a universal set', () => {
  test.each(['U.arrow', 'U.arrows'])('%s: from standard input as from a path', async (name) => {
    const path = folder.at(name);
    expect((await run(['select-keys', '--eps', '0.04', demo, '-o', path])).code).toBe(0);
    const { name: _, bytes, ...named } = reportOf(await run(['inspect', '--json', path]));
    expect(named).toMatchObject({ format: 'arrow', matrix: null, universalSet: { n: 1536, d: 64, eps: 0.04 } });
    const content = readFileSync(path);
    expect(bytes).toBe(content.length);
    for (const stdin of [{ file: path }, content, { pipe: content, chunk: 1000 }]) {
      const { name: source, bytes: size, ...piped } = reportOf(await run(['inspect', '--json'], { stdin }));
      expect(piped).toEqual(named);
      expect([source, size]).toEqual(['stdin', 'file' in stdin ? bytes : null]);
    }
  });

  test('cut short: 65 in a file, 75 on a pipe', { tags: ['slow'] }, async () => {
    const path = folder.at('whole.arrow');
    expect((await run(['select-keys', demo, '-o', path])).code).toBe(0);
    const cut = readFileSync(path).subarray(0, -100);
    const inFile = await run(['inspect', folder.write('cut.arrow', cut)]);
    expect([inFile.code, errorLine(inFile)]).toEqual([65, expect.stringMatching(/cut\.arrow.*truncated/)]);
    const onPipe = await run(['inspect'], { stdin: cut });
    expect([onPipe.code, errorLine(onPipe)]).toEqual([75, expect.stringMatching(/stdin.*pipe ended early/)]);
  });
});

describe.concurrent('from the header alone', () => {
  test('npy of a terabyte', async () => {
    const rows = 3_906_250_000;
    const header = npyHeader('<f4', [rows, 64]);
    const path = folder.at('large.npy');
    const fd = openSync(path, 'w');
    writeSync(fd, header);
    ftruncateSync(fd, header.length + rows * 64 * 4);
    closeSync(fd);
    // At the speed of memory, 10 GB/s, reading it would take a processor a hundred seconds.
    const report = reportOf(await run(['inspect', '--json', path], { cpuSeconds: 20 }));
    expect(report).toMatchObject({
      bytes: 1_000_000_000_000 + header.length,
      matrix: { n: rows, d: 64, dtype: 'float32' },
    });
  });

  test('Arrow on a pipe whose writer sends no rows yet', async () => {
    const stream = arrowFrom(loadMatrix(demo), 'stream');
    const { child, outcome } = start(['inspect', '--json'], { stdin: 'open' });
    child.stdin!.write(stream.subarray(0, 4096));
    const report = reportOf(await outcome);
    expect(report).toMatchObject({ name: 'stdin', format: 'arrow', universalSet: null, matrix: { d: 64, n: null } });
  });
});

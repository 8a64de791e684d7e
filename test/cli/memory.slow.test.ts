/** Memory does not grow with the rows, in the process as a whole. The large figures are the benchmark's (test/bench). */

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { peakRss, shell } from '../support/program.js';

const folder = temporaryFolder();
const gaussian = fileURLToPath(new URL('../bench/write-gaussian.js', import.meta.url));
const node = `"${process.execPath}"`;

async function peakOf(command: string): Promise<number> {
  const outcome = await shell(command, { cwd: folder.path });
  expect(outcome.code, outcome.stderr).toBe(0);
  return peakRss(outcome);
}

describe('peak memory', () => {
  test('select-keys: a million rows take less than 20 MB more than fifty thousand, and less than 200 MB in all', async () => {
    const at = (n: number): Promise<number> =>
      peakOf(`${node} "${gaussian}" ${n} 64 float32 | levattn select-keys --log-json --threads 1 -o U${n}.csv`);
    const few = await at(50_000);
    const many = await at(1_000_000);
    expect(many - few).toBeLessThan(20e6);
    expect(many).toBeLessThan(200e6);
  });

  test('heavy: likewise for queries', async () => {
    await shell(`${node} "${gaussian}" 20000 64 float32 | levattn select-keys -o U.arrow`, { cwd: folder.path });
    const at = (n: number): Promise<number> =>
      peakOf(`${node} "${gaussian}" ${n} 64 float32 | levattn heavy --log-json --keys U.arrow -o e${n}.csv`);
    const few = await at(50_000);
    const many = await at(1_000_000);
    expect(many - few).toBeLessThan(20e6);
    expect(many).toBeLessThan(200e6);
  });

  test('select-keys --by: choices of streamed keys likewise, and with two threads, once these have started', async () => {
    const [few, many] = [500_000, 1_500_000];
    await shell([few, many, 64].map((n) => `${node} "${gaussian}" ${n} 64 float32 K${n}.npy`).join(' && '), {
      cwd: folder.path,
    });
    for (const by of ['centred-norm', 'keydiff', 'observed', 'expected-normalised', 'centred-leverage', 'q-filter']) {
      const at = (n: number, threads: number): Promise<number> =>
        peakOf(
          `levattn select-keys K${n}.npy --top 256 --by ${by} --queries K64.npy --threads ${threads} --log-json -o C${n}.csv`,
        );
      for (const [threads, most] of [
        [1, 200e6],
        [2, 250e6],
      ] as const) {
        // A thread that starts late on a busy machine takes its memory in one run and not in another.
        const small = Math.max(await at(few, threads), await at(few, threads));
        const large = await at(many, threads);
        expect([by, threads, large - small < 40e6, large < most]).toEqual([by, threads, true, true]);
      }
    }
  });
});

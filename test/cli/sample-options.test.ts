/** The sample of rows outside U on the command line: what it is drawn by, and what it serves. */

import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const run = runnerInTurn();

const D = 8;
const folder = temporaryFolder();

/** Heavy-tailed: some keys are in U, most are not. */
const matrix = ((rows) => {
  const random = randomFrom(5);
  const gaussian = gaussianFrom(random);
  const values = new Float64Array(rows * D);
  for (let i = 0; i < rows; i++) {
    const size = 1 / (random() + 1e-2);
    for (let j = 0; j < D; j++) values[i * D + j] = gaussian() * size;
  }
  return { rows, d: D, values };
})(20_000);
const K = folder.write('K.npy', npyFrom(matrix));

interface StoredSample {
  readonly seed: number;
  readonly size: number;
  readonly threshold: number;
  readonly index: string;
  readonly weight: string;
}

/** The sample in the metadata of a universal set that select-keys writes. */
async function sampleOf(...args: string[]): Promise<StoredSample | undefined> {
  const { code, stdout, stderr } = await run(['select-keys', '--format', 'arrow', K, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const document = tableFromIPC(stdout).schema.metadata.get('levattn')!;
  return (JSON.parse(document) as { sample?: StoredSample }).sample;
}

describe('the sample in U', () => {
  test('is as large as is asked for, and another for another seed', async () => {
    const sample = await sampleOf('--f', 'power:4', '--sample-size', '50', '--seed', '9');
    expect(sample).toMatchObject({ seed: 9, size: 50 });
    expect(Buffer.from(sample!.index, 'base64').length).toBe(50 * 8);
    expect(sample!.threshold).toBeGreaterThan(0);
    const other = await sampleOf('--f', 'power:4', '--sample-size', '50', '--seed', '10');
    expect(other!.index).not.toBe(sample!.index);
  });

  test('does not depend on the threads', async () => {
    const [one, two] = await Promise.all(['1', '2'].map((threads) => sampleOf('--f', 'fair:1', '--threads', threads)));
    expect(one).toEqual(two);
  });

  test('is weighed by the pilot: the head of K itself changes nothing, other rows do', async () => {
    const size = ['--f', 'power:3', '--sample-size', '60'];
    const usual = await sampleOf(...size);
    const others = folder.write('others.npy', npyFrom(rowsOf(matrix, 5000, 5100)));
    expect(await sampleOf(...size, '--pilot', others)).not.toEqual(usual);
    const pilot = folder.write('pilot.npy', npyFrom(rowsOf(matrix, 0, 1024)));
    expect(await sampleOf(...size, '--pilot', pilot)).toEqual(usual);
  });

  test('is not there for x^2', async () => {
    expect(await sampleOf()).toBeUndefined();
  });
});

test.each([
  [['--sample-size', '0'], 64, /--sample-size.*whole number/],
  [['--seed', '-1'], 64, /--seed.*whole number/],
  [['--ridge', '0'], 64, /--ridge.*greater than 0/],
  [['--pilot', 'no-such.npy'], 65, /no-such\.npy/],
  [
    ['--pilot', folder.write('narrow.npy', npyFrom({ rows: 2, d: 2, values: Float64Array.of(1, 2, 3, 4) }))],
    65,
    /the pilot has \d+ columns where .*K\.npy has \d+/,
  ],
])('%j is refused in one line', async (args, code, message) => {
  const outcome = await run(['select-keys', '--f', 'power:4', K, ...args]);
  expect(outcome.code).toBe(code);
  expect(errorLine(outcome)).toMatch(message);
});

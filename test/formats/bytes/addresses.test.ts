/** Addresses in the place of files: one line that says how to pipe them. */

import { describe, expect, it } from 'vitest';
import { openBytes } from '../../../src/formats/bytes/sources.js';

describe('an address', () => {
  it.each([
    ['https://example.org/K.npy', "curl -sSfL 'https://example.org/K.npy' | levattn …"],
    ['HTTP://example.org/a b.csv?x=1', "curl -sSfL 'HTTP://example.org/a b.csv?x=1' | levattn …"],
    ['s3://bucket/K.npy', "aws s3 cp 's3://bucket/K.npy' - | levattn …"],
    ["gs://bucket/it's.npy", "gcloud storage cat 'gs://bucket/it'\\''s.npy' | levattn …"],
  ])('%s', async (address, line) => {
    const message = await openBytes(address).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toContain(`${address}: is an address, and nothing is fetched here; pipe it: ${line}`);
    expect(message).not.toContain('\n');
  });

  it('of no known scheme is a file that is not there', async () => {
    await expect(openBytes('odd://K.npy')).rejects.toThrow(/no such file/);
  });
});

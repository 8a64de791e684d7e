/** Damaged, malicious and endless input: one line on stderr, an exit code, bounded work and memory, nothing on stdout. */

import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arrowFrom, csvFrom, npyFrom, npyHeader, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix, sharedData } from '../support/fixtures.js';
import type { Outcome } from '../support/program.js';
import { randomFrom } from '../support/random-matrices.js';
import { expectRefused, expectRefusedOrRead, runBounded, select, shellBounded } from './refusals.js';

const Q = fixturePath('demo/Q.npy');
const matrix = rowsOf(loadMatrix(fixturePath('demo/K.npy')), 0, 200);
const folder = temporaryFolder();

const corpus = sharedData('arrow-corpus');
describe.skipIf(!corpus)(
  `other people's Arrow files${corpus ? '' : ' (shared data is absent)'}`,
  { concurrent: true },
  () => {
    const filesOf = (name: string): string[] => {
      const directory = corpus ? join(corpus, name) : undefined;
      return directory ? readdirSync(directory).map((file) => join(directory, file)) : [];
    };

    test('the corpus is there', () => {
      expect(filesOf('fuzz').length).toBe(39);
      expect(filesOf('integration').length).toBeGreaterThan(0);
    });

    test.each(filesOf('fuzz').map((path) => [basename(path), path]))('fuzz/%s is refused', async (_, path) => {
      expect(expectRefused(await select(path!))).toContain(path);
    });

    test.each(
      filesOf('fuzz')
        .filter((_, i) => i % 5 === 0)
        .map((path) => [basename(path), path]),
    )('fuzz/%s is refused on a pipe, and as keys', async (_, path) => {
      const bytes = readFileSync(path!);
      expectRefused(await select('-', { stdin: bytes }));
      expectRefused(await runBounded(['heavy', '--log-json', '--keys', path!, Q]));
    });

    test.each(filesOf('integration').map((path) => [basename(path), path]))(
      'integration/%s is read',
      async (_, path) => {
        expect((await select(path!)).code).toBe(0);
      },
    );
  },
);

describe.concurrent('damaged files', async () => {
  await runBounded([
    'select-keys',
    '--eps',
    '0.2',
    folder.write('good.npy', npyFrom(matrix)),
    '-o',
    folder.at('good-U.arrow'),
  ]);
  const good: Record<string, Uint8Array> = {
    'K.npy': npyFrom(matrix),
    'K.arrow': arrowFrom(matrix, 'file', { batchRows: 90 }),
    'K.arrows': arrowFrom(matrix, 'stream', { batchRows: 90 }),
    'K.csv': Buffer.from(
      csvFrom(
        matrix,
        Array.from({ length: matrix.d }, (_, j) => `k${j}`),
      ),
    ),
    'U.arrow': readFileSync(folder.at('good-U.arrow')),
  };
  const read = (name: string, path: string): Promise<Outcome> =>
    name === 'U.arrow' ? runBounded(['heavy', '--log-json', '--keys', path, Q]) : select(path);

  test.each(Object.keys(good))('%s itself is read', async (name) => {
    expect((await read(name, folder.write(`whole-${name}`, good[name]!))).code).toBe(0);
  });

  describe.each(Object.keys(good).filter((name) => name !== 'K.csv'))('%s cut short is refused', (name) => {
    const { length } = good[name]!;
    const random = randomFrom(length);
    const cuts = [0, 1, 7, 11, 60, ...Array.from({ length: 4 }, () => Math.floor(random() * length)), length - 1];
    test.each(cuts)('after %i bytes', async (cut) => {
      expectRefused(await read(name, folder.write(`cut-${cut}-${name}`, good[name]!.subarray(0, cut))));
    });
  });

  test.each([0, 0.3, 0.77])('K.csv cut at %f of its length is refused or a shorter matrix', async (share) => {
    const cut = Math.floor(share * good['K.csv']!.length);
    expectRefusedOrRead(await select(folder.write(`cut-${cut}-K.csv`, good['K.csv']!.subarray(0, cut))));
  });

  describe.each(Object.keys(good))('%s with bytes changed is refused or read', (name) => {
    const random = randomFrom(name.length + name.charCodeAt(0));
    const { length } = good[name]!;
    // Where what describes the data stands: the first bytes, the last bytes, and anywhere.
    const places = [200, 600, 2000]
      .map((most) => Math.min(most, length))
      .flatMap((most) => [
        () => Math.floor(random() * most),
        () => length - 1 - Math.floor(random() * most),
        () => Math.floor(random() * length),
      ]);
    test.each(places.map((place, i) => [i, [place(), place()], 1 + Math.floor(random() * 255)] as const))(
      'variant %i: bytes %j',
      async (i, positions, mask) => {
        const bytes = Uint8Array.from(good[name]!);
        for (const position of positions) bytes[position]! ^= mask;
        expectRefusedOrRead(await read(name, folder.write(`flip-${i}-${name}`, bytes)));
      },
    );
  });
});

describe.concurrent('headers that promise what is not there', () => {
  const values = Buffer.alloc(4096, 1);
  test.each([
    ['2^60 rows', [2n ** 60n, 4]],
    ['2^62 rows of 2^62 columns', [2n ** 62n, 2n ** 62n]],
    ['a billion columns', [10, 1e9]],
    ['a number past 2^64', [2n ** 70n, 2]],
    ['rows of no columns', [10, 0]],
    ['negative rows', [-5, 4]],
  ] as const)('npy, %s: in a file and on a pipe', async (name, shape) => {
    const bytes = Buffer.concat([npyHeader('<f4', shape), values]);
    const path = folder.write(`promise ${name}.npy`, bytes);
    expectRefused(await select(path));
    expectRefused(await select('-', { stdin: bytes }));
  });

  test('npy header of 4 GiB', async () => {
    const head = Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1');
    expectRefused(await select(folder.write('header.npy', Buffer.concat([head, values]))));
    expectRefused(await select('-', { stdin: Buffer.concat([head, Buffer.alloc(20e6, ' ')]) }));
  });

  test('Arrow metadata of 2 GiB', async () => {
    const head = Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]);
    expectRefused(await select(folder.write('metadata.arrows', Buffer.concat([head, values]))));
    expectRefused(await select('-', { stdin: Buffer.concat([head, Buffer.alloc(20e6)]) }));
  });
});

describe.concurrent('what is no matrix', () => {
  const random = randomFrom(5);
  const noise = Uint8Array.from({ length: 100_000 }, () => 256 * random());
  test.each([
    ['nothing', ''],
    ['a line break', '\n'],
    ['noise', noise],
    ['zeros', new Uint8Array(1e6)],
    ['prose', 'It was the best of times,\nit was the worst of times,\n'],
    ['HTML', '<!DOCTYPE html>\n<html><body><table><tr><td>1</td></tr></table></body></html>\n'],
    ['JSON', '[[1, 2], [3, 4]]\n'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)],
    ['rows of different lengths', '1.5,2.5,3.5\n1.5,2.5\n'],
    ['words among numbers', `${'1.5,2.5\n'.repeat(3000)}one,2.5\n`],
  ])('%s: in a file and on a pipe', async (name, content) => {
    expect(expectRefused(await select(folder.write(`no ${name}`, content)))).toContain(`no ${name}`);
    expect(expectRefused(await select('-', { stdin: Buffer.from(content) }))).toContain('stdin');
  });

  test('a folder', async () => {
    expect(expectRefused(await select(folder.path))).toContain('is a directory');
  });

  test.each(['/dev/zero', '/dev/urandom', '/dev/null'])('%s, as a file and on stdin', async (device) => {
    expectRefused(await select(device));
    expectRefused(await shellBounded(`levattn select-keys --log-json < ${device}`));
    expectRefused(await shellBounded(`cat ${device} | levattn select-keys --log-json`));
  });

  test('endless noise after a header that is right is bad data, not the end of memory', async () => {
    folder.write('header-of-noise', npyHeader('<f8', [10n ** 12n, 8]));
    const command = 'cat header-of-noise /dev/urandom | levattn select-keys --log-json';
    // Some number among random bits is NaN or infinite, or too large to square.
    expectRefused(await shellBounded(command, { cwd: folder.path }));
  });

  test('zeros without end after a header that is right are rows; then the pipe breaks off: 75', async () => {
    folder.write('header-of-zeros', npyHeader('<f4', [10n ** 12n, 16]));
    const command = '(cat header-of-zeros; head -c 50000000 /dev/zero) | levattn select-keys --log-json';
    expect(expectRefused(await shellBounded(command, { cwd: folder.path }), [75])).toMatch(
      /data ends in row 781250 of/,
    );
  });

  test.each([
    ['1', 20],
    ['a', 20],
    ['1,', 100],
    ['"', 20],
    [' ', 20],
  ])('a line of nothing but %j, %i MB of it', async (text, megabytes) => {
    const path = folder.at(`line-${Buffer.from(text).toString('hex')}`);
    const file = openSync(path, 'w');
    for (let i = 0; i < megabytes; i++) writeSync(file, Buffer.from(text.repeat(1e6 / text.length)));
    closeSync(file);
    expect(statSync(path).size).toBe(megabytes * 1e6);
    expectRefused(await select(path));
  });
});

/** Small notations: array indices as Slurm writes them, words of a shell, names in natural order. */

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellWord, shellWords } from '../../src/cluster/shell.js';
import { naturalOrder } from '../../src/formats/naming/natural-order.js';
import { spellNumbers } from '../../src/sketch-file/row-coverage.js';

describe('array indices', () => {
  test.each([
    [[], ''],
    [[5], '5'],
    [[1, 2], '1-2'],
    [[2, 7, 8, 9], '2,7-9'],
    [[1, 3, 4, 6, 7, 8, 1000], '1,3-4,6-8,1000'],
  ])('%j is %s', (indices, spelled) => expect(spellNumbers(indices)).toBe(spelled));

  test('any set is what its spelling means, and no spelling is shorter', () => {
    const meaning = (text: string): number[] =>
      text.split(',').flatMap((run) => {
        const [first, last = first] = run.split('-').map(Number);
        return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
      });
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (some) => {
        const indices = some.toSorted((a, b) => a - b);
        const spelled = spellNumbers(indices);
        expect(meaning(spelled)).toEqual(indices);
        const runs = indices.filter((index) => !indices.includes(index - 1)).length;
        expect(spelled.split(',')).toHaveLength(runs);
      }),
    );
  });
});

describe('words of a shell', () => {
  const asBashReads = (line: string): string[] =>
    execFileSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);

  test('bash reads back what was quoted', () => {
    const words = fc.array(fc.stringMatching(/^[^\0]*$/), { minLength: 50, maxLength: 100 });
    fc.assert(
      fc.property(words, (list) => {
        const sane = list.filter((word) => Buffer.from(word).toString() === word);
        fc.pre(sane.length > 0);
        expect(asBashReads(shellWords(sane))).toEqual(sane);
      }),
      { numRuns: 8 },
    );
  });

  test.each(['', ' ', "it's", '"$HOME"', '`id`', '~', '*', '{1..3}', 'a\nb', '-n', '!x', '\\', 'a=b', '#'])(
    'bash reads back %j',
    (word) => expect(asBashReads(shellWord(word))).toEqual([word]),
  );

  test('a plain path stays readable', () => expect(shellWord('/data/K-1.npy')).toBe('/data/K-1.npy'));
});

describe('natural order', () => {
  test('K-2 comes before K-10', () => {
    expect(['K-10.npy', 'K-2.npy', 'K-1.npy'].sort(naturalOrder)).toEqual(['K-1.npy', 'K-2.npy', 'K-10.npy']);
  });

  test('as GNU sort has versions, for numbered names', () => {
    const name = fc
      .tuple(fc.constantFrom('a', 'b', 'shard'), fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 200 }))
      .map(([stem, part, number]) => `${stem}/part-${part}/K-${number}.arrow`);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 50 }), (names) => {
        const sorted = execFileSync('sort', ['-V'], {
          input: names.join('\n'),
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C' },
        });
        expect(names.toSorted(naturalOrder)).toEqual(sorted.trimEnd().split('\n'));
      }),
      { numRuns: 8 },
    );
  });

  test('names that differ are never equal', () => {
    const names = ['K-1', 'K-01', 'K-001', 'k-1', 'K-1 '];
    for (const a of names)
      for (const b of names) expect(Math.sign(naturalOrder(a, b))).toBe(a === b ? 0 : -Math.sign(naturalOrder(b, a)));
    for (const a of names) for (const b of names) if (a !== b) expect(naturalOrder(a, b)).not.toBe(0);
  });
});

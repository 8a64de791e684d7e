/** Small files that were once read wrongly: `fixtures/faults`, with what must come out. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../../support/fixtures.js';
import { outcomeOf } from './reading-text.js';

interface Expected {
  readonly rule: 'either' | 'refuse';
  /** null for NaN. */
  readonly rows: readonly (readonly (number | null)[])[] | null;
  readonly options: readonly string[];
}

const textOf = (name: string): string => readFileSync(fixturePath(`faults/${name}`), 'utf8');
const FILES = JSON.parse(textOf('csv-expected.json')) as Record<string, Expected>;

describe.each(Object.entries(FILES))('%s', (name, { rule, rows, options }) => {
  it(rule === 'refuse' ? 'is refused' : 'is read as it says, or refused in one line', async () => {
    const idColumn = options.includes('--id-column') ? options[options.indexOf('--id-column') + 1] : undefined;
    const missing = options.includes('--nan') ? 'nan' : undefined;
    const outcome = await outcomeOf(textOf(name), { idColumn, missing });
    if (rule === 'refuse' || rows === null || outcome.error !== undefined) {
      expect(outcome.error).toMatch(/^memory: [^\n]+$/);
    } else {
      expect(outcome.rows).toEqual(rows.map((row) => row.map((value) => value ?? Number.NaN)));
    }
  });
});

describe('what is read of them', () => {
  it.each([
    [
      'dc_semi3.csv',
      [
        [1.5, 2.5, 3.5],
        [3.5, 4.5, 5.5],
      ],
    ],
    [
      'dec_comma_h.csv',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'excel_sep2.csv',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'r_writetable.txt',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'word2vec.txt',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'hashtag_ids.csv',
      [
        [1.5, 2.5],
        [3.5, 4.5],
        [5.5, 6.5],
      ],
    ],
    [
      'glove_2quotes.txt',
      [
        [1.5, 2.5],
        [3.5, 4.5],
        [5.5, 6.5],
        [7.5, 8.5],
        [0.5, 0.25],
      ],
    ],
  ])('%s', async (name, rows) => {
    expect((await outcomeOf(textOf(name))).rows).toEqual(rows);
  });

  it('a column of NA alone for 1,000 rows, then numbers, is named', async () => {
    expect((await outcomeOf(textOf('late_number.csv'))).error).toBe(
      'memory: line 1003, column "b", is empty in the first rows and left out, but holds "7.5": name the columns with --columns',
    );
  });
});

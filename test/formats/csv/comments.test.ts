/** Lines that begin with `#`: rows where they have a row's fields and rows have begun, else comments, which are counted. */

import { describe, expect, it } from 'vitest';
import { idsOf, outcomeOf, readText, rowsOf } from './reading-text.js';

const skipped = (count: number): string =>
  count === 1
    ? 'memory: 1 line that begins with # is skipped as a comment'
    : `memory: ${count} lines that begin with # are skipped as comments`;

describe('rows that begin with #', () => {
  it.each([
    ['behind a header', 'tag,a,b\n#cats,1.5,2.5\n#dogs,3.5,4.5\nbirds,5.5,6.5\n', 3],
    ['without a header', '#cats,1.5,2.5\n#dogs,3.5,4.5\nbirds,5.5,6.5\n', 3],
    ['in the middle', 'tag,a,b\nbirds,1.5,2.5\n#dogs,3.5,4.5\n', 2],
    ['under blanks', 'the 1.5 2.5\n# 3.5 4.5\nof 5.5 6.5\n', 3],
    ['under tabs, behind blanks', 'tag\ta\n  #dogs\t1.5\nbirds\t2.5\n', 2],
    ['in quotes', 'tag,a\n"#dogs",1.5\nbirds,2.5\n', 2],
    ['with a delimiter in quotes', 'tag,a\n#dogs,"1.5"\n"#a,b",2.5\n#"c,3.5\n', 3],
    ['beyond the sample', `tag,a\n${'birds,0.5\n'.repeat(10_000)}#dogs,1.5\n`, 10_001],
  ])('%s', async (_, text, rows) => {
    const outcome = await outcomeOf(text);
    expect(outcome.error).toBeUndefined();
    expect([outcome.rows.length, outcome.warnings]).toEqual([rows, []]);
    await readText(text);
  });

  it('keep their ids', async () => {
    expect(await idsOf('tag,a\n#cats,1.5\n# ,2.5\nbirds,3.5\n', { idColumn: 'tag' })).toEqual(['#cats', '#', 'birds']);
    expect(await idsOf('the 1.5\n# 3.5\nof 5.5\n', { idColumn: '0' })).toEqual(['the', '#', 'of']);
  });

  it('are an error where a number is expected', async () => {
    expect((await outcomeOf('a,b\n1.5,2.5\n#1.5,2.5\n')).error).toMatch(
      /^memory: line 3, column "a", holds "#1.5", which is no number; the line has as many fields as a row: delete it if it is a comment;/,
    );
    expect((await outcomeOf('id,b\n1,2.5\n#2,2.5\n')).error).toMatch(/^memory: line 3, column "id", /);
  });

  it('may have lost a value before the first row', async () => {
    expect(await rowsOf('#N/A,1.5\n2.5,3.5\n', { missing: 'nan' })).toEqual([
      [NaN, 1.5],
      [2.5, 3.5],
    ]);
  });
});

describe('comments', () => {
  it.each([
    ['of other widths', 'a,b\n# one\n1.5,2.5\n#,,\n3.5,4.5\n#\n', 2, 3],
    ['in one column', '0.5\n# c\n1.5\n', 2, 1],
    ['before the rows', '# made by hand\n#\n1.5,2.5\n', 1, 2],
    ['beyond the sample', `1.5,2.5\n${'0.5,1.5\n'.repeat(10_000)}# c\n3.5,4.5\n`, 10_002, 1],
    ['with quotes', '1.5,2.5\n# it is "so\n#"\n3.5,4.5\n', 2, 2],
    ['a row taken out at the top', '#1.5,2.5\n3.5,4.5\n', 1, 1],
  ])('%s are counted', async (_, text, rows, comments) => {
    const outcome = await outcomeOf(text);
    expect([outcome.rows.length, outcome.warnings]).toEqual([rows, [skipped(comments)]]);
  });

  it('that name the columns are none', async () => {
    expect(await outcomeOf('# a b\n1.5 2.5\n')).toMatchObject({
      warnings: [],
      description: 'CSV, delimiter space, header, 2 columns',
    });
    expect((await outcomeOf('# a b\n1.5 2.5\n# a b\n3.5 4.5\n')).warnings).toEqual([skipped(1)]);
  });

  it('alone are no CSV', async () => {
    expect((await outcomeOf('#cats,1.5\n#dogs,2.5\n')).error).toBe(
      'memory: no rows where this CSV begins: every line begins with #, as comments do; rows of numbers were expected',
    );
  });
});

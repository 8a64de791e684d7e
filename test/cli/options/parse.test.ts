/** Options that are lists: what the shell hands over, as names. */

import { describe, expect, it } from 'vitest';
import { parseColumns } from '../../../src/cli/options/parse.js';

describe('names of columns', () => {
  it.each<[string, string[]]>([
    ['a', ['a']],
    ['a, b ,c', ['a', 'b', 'c']],
    ['c:d,x*,[z]', ['c:d', 'x*', '[z]']],
    ['"a,b",c', ['a,b', 'c']],
    [' "a, b" , "c"', ['a, b', 'c']],
    ['"say ""x""",y', ['say "x"', 'y']],
    ['e"f,"', ['e"f', '"']],
    ['"a"b,c', ['"a"b', 'c']],
    ['"a,b":c,d', ['a,b:c', 'd']],
    ['a : "b,c" , "d"', ['a :b,c', 'd']],
    ['" a":"b ""c"""', [' a:b "c"']],
  ])('%s', (text, names) => {
    expect(parseColumns(text)).toEqual(names);
  });

  it.each(['', ',', 'a,', ',a', 'a,,b', '""', 'a,"",b'])('%j names nothing', (text) => {
    expect(() => parseColumns(text)).toThrow(/names separated by commas/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../../src/formats/csv/dialect.js';
import { parserFor } from '../../../src/formats/csv/parse-records.js';
import { MAX_ROW_BYTES, RecordCutter, type Records } from '../../../src/formats/csv/record-cutter.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Cut {
  readonly text: string;
  readonly lines: readonly number[];
  readonly widths: readonly number[];
  readonly defect: string | undefined;
}

function cut(text: string, delimiter = ',', chunk = 1 << 16): Cut {
  const cutter = new RecordCutter(dialectOf(delimiter));
  const bytes = utf8(text);
  const parts: Records[] = [];
  for (let i = 0; i < bytes.length; i += chunk) parts.push(cutter.push(bytes.subarray(i, i + chunk)));
  parts.push(cutter.finish());
  const { defect } = cutter;
  return {
    text: Buffer.concat(parts.map((part) => part.text)).toString(),
    lines: parts.flatMap((part) => part.lines),
    widths: parts.flatMap((part) => part.widths),
    defect: defect && `${defect.kind} ${defect.line}`,
  };
}

describe('records', () => {
  it.each<[string, string, string, string, number[], number[]]>([
    ['rows', ',', '1,2\n3,4\n', '1,2\n3,4\n', [1, 2], [2, 2]],
    ['a last row without a line break', ',', '1\n2', '1\n2\n', [1, 2], [1, 1]],
    ['CRLF, CR and LF', ',', '1\r\n2\r3\n\r\n\r4', '1\n2\n3\n4\n', [1, 2, 3, 6], [1, 1, 1, 1]],
    ['blank lines and comments', ',', '\n#"\n1\n \t\n  # 2\n3\n', '1\n3\n', [3, 6], [1, 1]],
    ['line breaks in quotes', ',', '"a\r\nb\r\rc\n",1\n2,3\n', '"a\r\nb\r\rc\n",1\n2,3\n', [1, 6], [2, 2]],
    ['what is special outside quotes', ',', '",#""\n",1\n2\n', '",#""\n",1\n2\n', [1, 3], [2, 1]],
    ['quotes inside a field', ',', 'a"b,c"\n1\n', 'a"b,c"\n1\n', [1, 2], [2, 1]],
    ['space around quotes', ',', ' "a"\t , "b" \n', ' "a", "b"\n', [1], [2]],
    ['runs of spaces and tabs', ' ', '  1 \t 2\t\n3\t"4  5"  6 \n', '1 2\n3 "4  5" 6\n', [1, 2], [2, 3]],
    ['a line of delimiters', '\t', '\t\t\n', '\t\t\n', [1], [3]],
    ['a # within a row', ',', '1,#2\n', '1,#2\n', [1], [2]],
  ])('%s', (_, delimiter, text, out, lines, widths) => {
    for (const chunk of [1, 2, 3, 100]) {
      expect(cut(text, delimiter, chunk)).toEqual({ text: out, lines, widths, defect: undefined });
    }
  });

  it('come as soon as they are whole', () => {
    const cutter = new RecordCutter(dialectOf(','));
    expect(cutter.push(utf8('1,2\n3,')).lines).toEqual([1]);
    expect(cutter.push(utf8('4')).lines).toEqual([]);
    expect(cutter.push(utf8('\r')).lines).toEqual([2]);
    expect(cutter.push(utf8('\n5,6\n')).lines).toEqual([3]);
  });
});

describe('defects', () => {
  it.each([
    ['1\n"a"b,2\n3\n', [1], 'stray 2'],
    ['1\n\n"a\nb" ""\n3\n', [1], 'stray 4'],
    ['1\n"a\n\n2\n', [1], 'unclosed 2'],
    ['1\n"a""', [1], 'unclosed 2'],
  ])('%j', (text, lines, defect) => {
    for (const chunk of [1, 2, 100]) {
      const result = cut(text, ',', chunk);
      expect([result.lines, result.defect]).toEqual([lines, defect]);
    }
  });

  it('allow a row of exactly the most bytes', () => {
    const row = '1'.repeat(MAX_ROW_BYTES);
    for (const chunk of [1 << 16, MAX_ROW_BYTES + 100]) {
      expect(cut(`2\n${row}\n`, ',', chunk).defect).toBeUndefined();
      expect(cut(`2\n${row}1\n3\n`, ',', chunk)).toMatchObject({ lines: [1], defect: 'long 2' });
    }
  });
});

describe('the parser and the cutter', () => {
  const pieces = fc.constantFrom('"', '"', ',', ',', '\t', ' ', ';', '\n', '\n', '\r', '#', '1', 'a', 'é');

  it('agree on rows and fields, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { maxLength: 30 }),
        fc.constantFrom(',', '\t', ' ', ';'),
        fc.integer({ min: 1, max: 8 }),
        async (parts, delimiter, chunk) => {
          const text = parts.join('');
          const whole = cut(text, delimiter);
          expect(cut(text, delimiter, chunk)).toEqual(whole);
          const parse = parserFor(dialectOf(delimiter));
          const rows = await parse({ text: utf8(whole.text) });
          expect(rows.map((row) => row.length)).toEqual(whole.widths);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { arrowFileWriter, arrowStreamWriter } from '../../src/output/arrow.js';
import { csvWriter } from '../../src/output/csv.js';
import { chooseFormat, type FormatChoice } from '../../src/output/formats.js';
import { ndjsonWriter } from '../../src/output/ndjson.js';
import { npyWriter } from '../../src/output/npy.js';
import { parquetWriter } from '../../src/output/parquet.js';
import { textWriter } from '../../src/output/text.js';

const refusal = (choice: FormatChoice): LevattnError => {
  try {
    chooseFormat(choice);
  } catch (error) {
    expect(error).toBeInstanceOf(LevattnError);
    return error as LevattnError;
  }
  throw new Error('nothing was refused');
};

describe('chooseFormat', () => {
  it.each([
    // What the path ends with.
    [{ path: 'U.arrow' }, 'arrow', arrowFileWriter],
    [{ path: 'U.feather' }, 'arrow', arrowFileWriter],
    [{ path: 'U.arrows' }, 'arrow', arrowStreamWriter],
    [{ path: 'a.b/U.csv' }, 'csv', csvWriter],
    [{ path: 'U.v2.CSV' }, 'csv', csvWriter],
    [{ path: 'U.ndjson' }, 'ndjson', ndjsonWriter],
    [{ path: 'U.jsonl' }, 'ndjson', ndjsonWriter],
    [{ path: 'U.npy' }, 'npy', npyWriter],
    // Standard output.
    [{}, 'arrow', arrowStreamWriter],
    [{ path: '-' }, 'arrow', arrowStreamWriter],
    [{ tty: true }, 'text', textWriter],
    [{ path: '-', tty: true }, 'text', textWriter],
    [{ path: 'U.npy', tty: true }, 'npy', npyWriter],
    [{ path: 'U.parquet', tty: true }, 'parquet', parquetWriter],
    // --format above all.
    [{ format: 'csv' }, 'csv', csvWriter],
    [{ format: 'csv', tty: true }, 'csv', csvWriter],
    [{ format: 'ndjson', path: 'U.arrow' }, 'ndjson', ndjsonWriter],
    [{ format: 'csv', path: 'U' }, 'csv', csvWriter],
    [{ format: 'arrow' }, 'arrow', arrowStreamWriter],
    [{ format: 'arrow', path: '-', tty: true }, 'arrow', arrowStreamWriter],
    [{ format: 'arrow', path: 'U.arrow' }, 'arrow', arrowFileWriter],
    [{ format: 'arrow', path: 'U.arrows' }, 'arrow', arrowStreamWriter],
    [{ format: 'arrow', path: 'U.csv' }, 'arrow', arrowFileWriter],
    [{ format: 'arrow', path: 'U' }, 'arrow', arrowFileWriter],
  ] as const)('%j is %s', (choice, name, open) => {
    const chosen = chooseFormat({ tty: false, ...choice });
    expect(chosen.name).toBe(name);
    expect(chosen.open).toBe(open);
  });

  it.each(['U', 'U.txt', 'U.csv.gz', '.csv', 'U.'])('%s says nothing that is known', (path) => {
    const { kind, message } = refusal({ path, tty: false });
    expect(kind).toBe('usage');
    for (const known of [
      path,
      '.arrow',
      '.arrows',
      '.feather',
      '.csv',
      '.ndjson',
      '.jsonl',
      '.npy',
      '.parquet',
      '--format',
    ]) {
      expect(message).toContain(known);
    }
  });

  it.each(['xlsx', 'text', 'CSV', ''])("there is no --format '%s'", (format) => {
    const { kind, message } = refusal({ format, tty: false });
    expect(kind).toBe('usage');
    expect(message).toBe(`unknown output format '${format}'; known: arrow, csv, ndjson, npy, parquet`);
  });
});

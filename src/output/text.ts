/** The table that a terminal gets: the first rows, aligned, and how many more there are. */

import { count } from '../text.js';
import { scalarColumns } from './lines.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';

/** How a table is shown. */
export interface TextOptions {
  /** Rows shown at most; default 20. */
  readonly rows?: number | undefined;
  /** Whether the header is bold; default: on a terminal that has colours, where NO_COLOR does not forbid it. */
  readonly bold?: boolean | undefined;
}

const DEFAULT_ROWS = 20;
const GAP = '  ';

/** Shows a table. List columns are left out; real numbers have 6 significant digits. */
export function textWriter(schema: TableSchema, sink: ByteSink, options: TextOptions = {}): TableWriter {
  const { rows: most = DEFAULT_ROWS, bold = terminalHasColors() } = options;
  const columns = scalarColumns(schema);
  const lines: string[][] = [];
  let rows = 0;
  let shown = false;

  const show = async (): Promise<void> => {
    if (shown) return;
    shown = true;
    await sink.write(
      Buffer.from(
        layOut(
          columns.map(({ column }) => column.name),
          lines,
          bold,
        ),
      ),
    );
  };
  return {
    write: async (batch) => {
      for (let row = 0; row < batch.rows && lines.length < most; row++) {
        lines.push(
          columns.map(({ column, at }) => {
            const value = batch.columns[at][row];
            return column.type === 'float64' ? spellReal(value as number) : printable(String(value));
          }),
        );
      }
      rows += batch.rows;
      if (rows >= most) await show();
    },
    end: async () => {
      await show();
      if (rows === 0) await sink.write(Buffer.from('no rows\n'));
      const left = rows - lines.length;
      if (left > 0) await sink.write(Buffer.from(`… and ${count(left)} more\n`));
    },
  };
}

const terminalHasColors = (): boolean => process.stdout.isTTY === true && process.stdout.hasColors();

/** An id may hold anything: a line stays one line, and steers no terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

const spellReal = (value: number): string => (Number.isFinite(value) ? value.toPrecision(6) : String(value));

function layOut(names: readonly string[], lines: readonly (readonly string[])[], bold: boolean): string {
  const widths = names.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i].length)));
  const align = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(widths[i])).join(GAP);
  const header = align(names);
  return [bold ? `\x1b[1m${header}\x1b[22m` : header, ...lines.map(align)].map((line) => `${line}\n`).join('');
}

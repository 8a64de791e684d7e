/**
 * NDJSON (JSON Lines): on each line an array of numbers, an object with a list of numbers in one field, or one with numbers in several.
 * Read as float64.
 */

import { dataError } from '../errors.js';
import type { MatrixReader, Values } from '../rows/row-block.js';
import { RowIds, typeOf } from '../rows/row-ids.js';
import { shownText } from '../text.js';
import type { ByteReader } from './bytes/reader.js';
import { type ColumnChoice, chooseColumns, numbersPicked } from './columns/choose.js';
import { describeChoice } from './columns/describe.js';
import { labelOf } from './columns/table-column.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { type PutMissing, putterOf } from './missing.js';
import { type Field, fieldsOf, fieldTwice, mayRepeatField, type ObjectLine } from './ndjson/fields.js';
import { isObject, parseJson } from './ndjson/json.js';
import { type Line, LineReader, sampleLines, skipByteOrderMark } from './ndjson/lines.js';
import { badLine, refuseRows, refuseText } from './ndjson/refuse.js';
import { checkWidth, type Fields, IdReader, type Row, type RowOptions, rowFrom, textFrom } from './ndjson/rows.js';
import { type Watch, watchFields } from './ndjson/watch.js';

/** How JSON of rows begins, behind a byte order mark or not: an array with something that could be a number in it, or an object. */
const BEGINNING =
  /^(?:\xef\xbb\xbf)?\s*(?:\[\s*(?:[-\d\][{]|NaN|Infinity|null|true|false|"[-+]?[.\d])|\[\s*$|\{\s*["}])/;

/** The NDJSON format. */
export const ndjsonFormat: MatrixFormat = {
  name: 'ndjson',
  hasColumns: true,
  recognise: (head) => BEGINNING.test(new TextDecoder('latin1').decode(head)) && !head.includes(0),
  open: openNdjson,
};

async function openNdjson(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  await skipByteOrderMark(bytes);
  const plan = await planRows(bytes, options);
  const { idColumn, missing } = options;
  const lines = new LineReader(bytes);
  const ids = idColumn === undefined ? undefined : new IdReader(bytes, idColumn);
  const putMissing = putterOf(missing);
  const rowOptions = { bytes, mayLack: putMissing !== undefined, wordsLack: options.wordsLack, ...plan };
  /** Rows that have been read and not taken, and their ids. */
  let rows: Row[] = [];
  let rowIds = new RowIds(plan.beside.length);
  let taken = 0;
  let isFirst = true;

  const fill = async (): Promise<boolean> => {
    const next = await lines.next();
    rows = [];
    rowIds = new RowIds(plan.beside.length);
    taken = 0;
    for (const line of next) {
      const value = parsed(bytes, line, isFirst);
      isFirst = false;
      if (isObject(value)) refuseTwice(bytes, line, value);
      plan.watch?.(line, value);
      rows.push(rowFrom(line, value, rowOptions));
      const id = ids?.read(line, value);
      if (id !== undefined) rowIds.add(typeOf(id), id);
      for (const [j, name] of plan.beside.entries()) rowIds.beside[j]!.add('utf8', textFrom(value, name));
    }
    return next.length > 0;
  };

  await fill();
  return {
    name: bytes.name,
    format: ndjsonFormat.name,
    description: plan.description,
    leftOut: plan.leftOut,
    columnNames: plan.choice?.names,
    table: plan.table,
    picked: plan.choice && numbersPicked(plan.choice),
    onlyIntegers: plan.choice?.onlyIntegers,
    d: plan.width,
    dtype: 'float64',
    rows: undefined,
    metadata: new Map(),
    idType: rowIds.type,
    beside: plan.beside.map(() => 'utf8'),
    async read(into, maxRows, idsInto) {
      if (taken === rows.length && !(await fill())) return 0;
      const count = Math.min(maxRows, rows.length - taken);
      for (let i = 0; i < count; i++) putRow(rows[taken + i]!, into, i * plan.width, putMissing);
      if (ids) idsInto?.addFrom(rowIds, taken, taken + count);
      idsInto?.addBesideFrom(rowIds, taken, taken + count);
      taken += count;
      return count;
    },
    async skip(most) {
      if (taken === rows.length && !(await fill())) return 0;
      const count = Math.min(most, rows.length - taken);
      taken += count;
      return count;
    },
    progress: () => ({ bytes: bytes.position, totalBytes: bytes.size }),
    close: () => bytes.close(),
  };
}

/** A row's numbers from element `at` on, and what stands for those that are missing. */
function putRow(row: Row, into: Values, at: number, putMissing: PutMissing | undefined): void {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (value === undefined) putMissing?.(into, at + i);
    else into[at + i] = value;
  }
}

function parsed(bytes: ByteReader, line: Line, isFirst: boolean): unknown {
  try {
    return parseJson(line.text);
  } catch {
    throw refuseText(bytes, line, isFirst);
  }
}

/** JSON's readers see the last of two fields of one name alone: the other would be left out without a word. */
function refuseTwice(bytes: ByteReader, line: Line, value: ObjectLine['value']): void {
  const twice = mayRepeatField(line.text, value) ? fieldTwice(line.text) : undefined;
  if (twice !== undefined) {
    throw badLine(bytes, line, `has the field ${shownText(twice)} twice; give each a name of its own`);
  }
}

/** What the first lines say of all. */
interface Plan {
  readonly width: number;
  readonly fields: Fields | undefined;
  /** As {@link RowOptions.units}. */
  readonly units?: RowOptions['units'];
  readonly choice: ColumnChoice | undefined;
  readonly watch: Watch | undefined;
  readonly description: string;
  readonly leftOut: readonly string[];
  /** All fields of objects. */
  readonly table?: readonly Field[];
  /** Names of the fields that come beside the rows. */
  readonly beside: readonly string[];
}

async function planRows(bytes: ByteReader, options: ReadOptions): Promise<Plan> {
  const [first] = await sampleLines(bytes, 'one');
  if (!first) throw dataError(`${bytes.name}: no rows; a JSON array of numbers a line was expected`);
  const value = parsed(bytes, first, true);
  if (isObject(value)) return planObjects(bytes, options, first);
  if (!Array.isArray(value)) throw badLine(bytes, first, 'holds no array of numbers');
  if (options.columns ?? options.column ?? options.idColumn ?? options.beside) {
    throw badLine(bytes, first, 'holds an array, which has no fields to choose by --columns or --id-column');
  }
  if (value.length > 0 && value.every((entry) => Array.isArray(entry) || isObject(entry)))
    throw refuseRows(bytes, first);
  checkWidth(bytes, first.number, value.length);
  return {
    width: value.length,
    fields: undefined,
    choice: undefined,
    watch: undefined,
    description: 'NDJSON, arrays',
    leftOut: [],
    beside: [],
  };
}

async function planObjects(bytes: ByteReader, options: ReadOptions, first: Line): Promise<Plan> {
  const { columns: asked, column } = options;
  const sample = await sampleLines(bytes, 'many');
  const objects: (ObjectLine & Line)[] = [];
  for (const line of sample) {
    // What is no object is refused in its turn, when its row is read.
    const value = line.isLast && line.number !== first.number ? parsedOrNothing(line.text) : parsed(bytes, line, false);
    if (isObject(value)) objects.push({ ...line, value });
  }
  for (const line of objects) refuseTwice(bytes, line, line.value);
  const fields = fieldsOf(objects);
  if (asked === undefined && column === undefined) refuseRowsInside(bytes, first, fields);
  const choice = chooseColumns(fields, options, bytes.name);
  const names = choice.picked.map((position) => fields[position]!.name);
  const taken = new Set([...names, ...(choice.ids === undefined ? [] : [fields[choice.ids]!.name])]);
  const common = {
    choice,
    watch: asked === undefined && column === undefined ? watchFields(bytes, fields, taken) : undefined,
    description: `NDJSON, ${describeChoice(fields, choice)}`,
    leftOut: choice.leftOut.map(({ position }) => labelOf(fields, position)),
    table: fields,
    beside: (options.beside ?? []).map((name) => besideName(fields, name)),
  };
  if (choice.kind === 'numbers') {
    const units = choice.picked.map((position) => fields[position]!.unit);
    return { ...common, width: names.length, fields: { kind: 'numbers', names }, units };
  }
  const name = names[0]!;
  const line = objects.find(({ value }) => Array.isArray(value[name]));
  const width = fields[choice.picked[0]!]!.firstList!.length;
  checkWidth(bytes, line!.number, width);
  return { ...common, width, fields: { kind: 'list', name } };
}

function parsedOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The field that an entry of what comes beside the rows stands for; one that is not there may come later, or never. */
const besideName = (fields: readonly Field[], entry: string): string =>
  fields.some(({ name }) => name === entry) ? entry : (fields[Number(entry)]?.name ?? entry);

/** Refuses objects in which one field holds many rows, where nothing else in them is a row of real numbers. */
function refuseRowsInside(bytes: ByteReader, line: Line, fields: readonly Field[]): void {
  const holder = fields.find(({ meant }) => meant !== undefined && /^list of (?:lists|object)$/.test(meant));
  if (!holder || fields.some(({ kind }) => kind === 'floating' || kind === 'list-floating')) return;
  const path = /^[A-Za-z_]\w*$/.test(holder.name) ? `.${holder.name}[]` : `.[${JSON.stringify(holder.name)}][]`;
  throw badLine(
    bytes,
    line,
    `holds many rows in field ${shownText(holder.name)}; write one row per line: jq -c '${path}' FILE | levattn …`,
  );
}

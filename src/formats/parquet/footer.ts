/** The footer of a Parquet file: its schema, and where the values of each column lie. */

import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { dataError } from '../../errors.js';
import type { SeekableFile } from '../seeking.js';
import { DECRYPT } from './chunks.js';
import { thriftLength } from './thrift.js';

/** The magic word at the beginning and at the end. */
export const MAGIC = [0x50, 0x41, 0x52, 0x31];

/** That of files whose footer is encrypted: PARE. */
export const ENCRYPTED_MAGIC = [0x50, 0x41, 0x52, 0x45];

/** At the end: the footer's length, and the magic word again. */
const TAIL_BYTES = 8;

/** Footers past this are damage: one of 8,192 columns in 100 row groups takes 100 MB at most. */
const MAX_FOOTER_BYTES = 1 << 28;

/** What the footer says. */
export interface Footer {
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
  /** Rows of all row groups. */
  readonly rows: number;
  /** The table's own metadata. */
  readonly keyValues: ReadonlyMap<string, string>;
}

/** Whether bytes end or begin with a magic word. */
export const isMagic = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

/**
 * Reads the footer.
 * @param source - names the file
 * @throws LevattnError where it is encrypted; Error of any kind where it is damaged
 */
export async function readFooter(file: SeekableFile, source: string): Promise<Footer> {
  const tail = new Uint8Array(TAIL_BYTES);
  if (file.length < TAIL_BYTES + MAGIC.length) throw new RangeError('too short');
  await readWhole(file, tail, file.length - TAIL_BYTES);
  if (isMagic(tail.subarray(4), ENCRYPTED_MAGIC)) {
    throw dataError(`${source}: encrypted Parquet, its footer as well; ${DECRYPT}`);
  }
  if (!isMagic(tail.subarray(4), MAGIC)) throw new RangeError('its end is missing');
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > Math.min(MAX_FOOTER_BYTES, file.length - TAIL_BYTES))
    throw new RangeError(`a footer of ${length} bytes`);
  const footer = new Uint8Array(length + TAIL_BYTES);
  await readWhole(file, footer, file.length - footer.length);
  thriftLength(footer.subarray(0, length));
  const { parquetMetadata, parquetSchema } = await import('hyparquet');
  const metadata = parquetMetadata(footer, { geoparquet: false });
  checkTree(metadata.schema);
  const rows = Number(metadata.num_rows);
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (!(rows >= 0 && Number.isSafeInteger(rows) && rows === inGroups)) {
    throw new RangeError(`${rows} rows, ${inGroups} in its row groups`);
  }
  const keyValues = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']) ?? []);
  return { metadata, schema: parquetSchema(metadata), rows, keyValues };
}

/** Elements come parents first, each but the root with one parent: hyparquet walks for ever in anything else. */
function checkTree(schema: readonly SchemaElement[]): void {
  let open = 1;
  for (const { num_children: children = 0 } of schema) {
    if (open === 0 || typeof children !== 'number' || children < 0) throw new RangeError('a schema that is no tree');
    open += children - 1;
  }
  if (open !== 0) throw new RangeError('a schema that is no tree');
}

async function readWhole(file: SeekableFile, into: Uint8Array, offset: number): Promise<void> {
  if ((await file.readAt(into, offset)) < into.length) throw new RangeError('it ends too early');
}

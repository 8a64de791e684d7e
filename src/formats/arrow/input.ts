/**
 * Arrow IPC, the stream and the file format, as a sequence of messages.
 *
 * A file goes by its footer where the input can seek: dictionaries first, then batches, each in the footer's order. From a pipe it is read in
 * the order in which it comes, and the footer, which comes last, must list the same. Either is read to its last byte, so that more may follow.
 */

import { dataError, type LevattnError } from '../../errors.js';
import { ByteReader, type ByteSource } from '../bytes/reader.js';
import { Body } from './body.js';
import { type FileIndex, findIndex, MAGIC_BYTES, walkToFooter } from './footer.js';
import {
  CONTINUATION,
  damagedAt,
  decodeAt,
  decodes,
  FOOTER_END_BYTES,
  type Frame,
  findFirstFrame,
  findFooter,
  findFrame,
  type Look,
  lookFar,
  lookNear,
  MAGIC,
  MAX_METADATA_BYTES,
} from './frame.js';
import {
  type Block,
  decodeFooter,
  decodeMessage,
  type Footer,
  looksLikeSchema,
  looksLikeTensor,
  type Message,
} from './message.js';
import { type ArrowField, type ArrowSchema, describeType } from './schema.js';

/** The magic word of Feather's first version, which is no Arrow IPC. */
const FEATHER_1 = Buffer.from('FEA1');

/** Rows, or a dictionary that some column refers to. */
export type BatchMessage = TableMessage & {
  /** The message's metadata as it came. */
  readonly metadata: Uint8Array;
  /** To be read before the next message is asked for. */
  readonly body: Body;
};

/** Whether bytes begin as Arrow IPC does, or as Feather's first version. */
export function looksLikeArrow(head: Uint8Array): boolean {
  if ([MAGIC, FEATHER_1].some((magic) => magic.every((byte, i) => head[i] === byte))) return true;
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const length = view.getInt32(0, true);
  if (length === CONTINUATION) return view.getInt32(4, true) > 0;
  if (length <= 0 || length > MAX_METADATA_BYTES) return false;
  const metadata = head.subarray(4, 4 + length);
  return looksLikeSchema(metadata) || looksLikeTensor(metadata);
}

/** What is the same however an input is read. */
interface Opening {
  readonly bytes: ByteReader;
  readonly form: 'stream' | 'file';
  /** Where the input begins in the source. */
  readonly start: number;
  readonly schema: ArrowSchema;
  /** The metadata of the schema's message. */
  readonly schemaMetadata: Uint8Array;
}

/** An Arrow input whose schema has been read. */
export class ArrowInput {
  readonly bytes: ByteReader;
  readonly form: 'stream' | 'file';
  readonly start: number;
  readonly schema: ArrowSchema;
  readonly schemaMetadata: Uint8Array;
  /** The row that comes next; kept by whoever reads the rows, named where the data break off. */
  nextRow = 0;
  readonly #look: Look;
  /** Whether messages begin with their length alone. */
  readonly #legacy: boolean;
  /** By the footer: what has not been read. */
  readonly #index: FileIndex | undefined;
  readonly #listed: { readonly kind: BatchMessage['kind']; readonly block: Block }[];
  /** In order: where the batches and dictionaries of a file began. */
  readonly #met: { readonly [kind in BatchMessage['kind']]: number[] } = { batch: [], dictionary: [] };
  #next = 0;
  #messageAt: number;
  #body: Body | undefined;
  #ended = false;

  private constructor({ bytes, form, start, schema, schemaMetadata }: Opening, legacy: boolean, index?: FileIndex) {
    this.bytes = bytes;
    this.form = form;
    this.start = start;
    this.schema = schema;
    this.schemaMetadata = schemaMetadata;
    this.#look = lookNear(bytes);
    this.#legacy = legacy;
    this.#index = index;
    this.#listed = [
      ...(index?.dictionaries.map((block) => ({ kind: 'dictionary' as const, block })) ?? []),
      ...(index?.batches.map((block) => ({ kind: 'batch' as const, block })) ?? []),
    ];
    this.#messageAt = bytes.position;
    if (!schema.bigEndian) return;
    throw dataError(
      `${bytes.name}: written on a big-endian machine, which is not read; write it again as little-endian`,
    );
  }

  /** Whether every dictionary comes before the first batch, however they lie in the input. */
  get dictionariesFirst(): boolean {
    return this.#index !== undefined;
  }

  /**
   * Reads the footer, or the magic word, if there is one, and the schema.
   * @throws LevattnError where there is no Arrow schema, or one of a big-endian machine
   */
  static async open(bytes: ByteReader): Promise<ArrowInput> {
    const start = bytes.position;
    const head = await bytes.peek(MAGIC.length);
    if (FEATHER_1.equals(head.subarray(0, FEATHER_1.length))) throw refuseFeather(bytes);
    const form = MAGIC.equals(head) ? 'file' : 'stream';
    if (form === 'file') {
      const index = await findIndex(bytes);
      if (index) {
        const { schema, schemaMetadata } = index;
        return new ArrowInput({ bytes, form, start, schema, schemaMetadata }, false, index);
      }
    }
    return ArrowInput.#openInOrder(bytes, form, start);
  }

  static async #openInOrder(bytes: ByteReader, form: 'stream' | 'file', start: number): Promise<ArrowInput> {
    const skipped = form === 'file' ? await bytes.skip(MAGIC_BYTES) : 0;
    const at = bytes.position;
    const frame = await (form === 'file' ? findFirstFrame : findFrame)(bytes, lookNear(bytes));
    if (frame === 'end' || frame === 'cut' || skipped % MAGIC_BYTES !== 0) {
      throw bytes.breaksOff('data ends in the Arrow schema');
    }
    const legacy = frame.prefix === 4;
    const message = frame.length > 0 ? decodeAt(bytes, at, () => decodeMessage(frame.metadata)) : undefined;
    if (message?.kind === 'other') throw notRead(bytes, message);
    if (message?.kind === 'schema') {
      bytes.consume(frame.prefix + frame.length);
      const opening = { bytes, form, start, schema: message.schema, schemaMetadata: frame.metadata };
      const input = new ArrowInput(opening, legacy);
      input.#body = new Body(bytes, message.bodyLength, input);
      return input;
    }
    if (form === 'stream') {
      throw dataError(
        `${bytes.name}: an Arrow message at byte ${at} without the schema that must come before it; write the whole stream, schema first`,
      );
    }
    // apache-arrow for JavaScript writes files whose schema is in the footer alone.
    const { bytes: footer } = await walkToFooter(bytes, lookFar(bytes), 0);
    const { schema, schemaMetadata } = decodeAt(bytes, at, () => decodeFooter(footer));
    return new ArrowInput({ bytes, form, start, schema, schemaMetadata }, legacy);
  }

  /**
   * The next batch or dictionary, once the rest of the one before has been passed over; undefined at the end, when
   * everything that belongs to the input has been consumed.
   * @throws LevattnError where the data break off or are damaged, and at the end where a file's footer lists other batches
   */
  async next(): Promise<BatchMessage | undefined> {
    if (this.#ended) return undefined;
    return this.#index ? this.#nextListed(this.#index) : this.#nextInOrder();
  }

  /** The same input from its next message on, to look at: whatever is read of it is read again. Undefined where that cannot be. */
  lookAhead(): ArrowInput | undefined {
    const { bytes, form, start, schema, schemaMetadata } = this;
    if (this.#body && this.#body.length > 0) return undefined;
    const { readAt } = bytes.source;
    const from = this.#index ? 0 : bytes.position;
    const source = readAt ? sourceFrom(bytes.source, from) : sourceAhead(bytes);
    const opening = { bytes: new ByteReader(source), form, start, schema, schemaMetadata };
    return new ArrowInput(opening, this.#legacy, this.#index);
  }

  /** The error for rows that break off. */
  cutShort(): LevattnError {
    return this.bytes.breaksOff(`data ends in row ${this.nextRow}`);
  }

  /** The error for a message that contradicts itself or the schema. */
  damaged(reason: string): LevattnError {
    return damagedAt(this.bytes, this.#messageAt, reason);
  }

  async #nextListed(index: FileIndex): Promise<BatchMessage | undefined> {
    const { bytes, start } = this;
    const listed = this.#listed[this.#next++];
    if (!listed) {
      await bytes.skip(start + index.length - bytes.position);
      this.#ended = true;
      return undefined;
    }
    this.#messageAt = start + listed.block.offset;
    const reader = await this.#readerAt(this.#messageAt);
    const frame = await findFrame(reader, lookNear(reader));
    if (frame === 'end' || frame === 'cut') throw this.cutShort();
    const message = decodeAt(bytes, this.#messageAt, () => decodeMessage(frame.metadata));
    if (message.kind === 'other') throw notRead(bytes, message);
    if (message.kind !== listed.kind)
      throw this.damaged(`a ${message.kind}, which the footer lists as a ${listed.kind}`);
    return this.#begin(reader, frame, message);
  }

  /** The input's own reader where the place lies ahead of it, else one that begins there. */
  async #readerAt(place: number): Promise<ByteReader> {
    const { bytes } = this;
    if (place < bytes.position) return new ByteReader(sourceFrom(bytes.source, place));
    await bytes.skip(place - bytes.position);
    return bytes;
  }

  async #nextInOrder(): Promise<BatchMessage | undefined> {
    await this.#body?.finish();
    const { bytes } = this;
    this.#messageAt = bytes.position;
    const frame = await findFrame(bytes, this.#look);
    if (frame === 'cut' || (frame === 'end' && this.form === 'file')) {
      throw bytes.breaksOff(`data ends before row ${this.nextRow}, without an end marker`);
    }
    if (frame === 'end') return this.#end();
    if (frame.length === 0) bytes.consume(frame.prefix);
    if (frame.length === 0 || this.#isFooter(frame)) return this.#end();
    const message = decodeAt(bytes, this.#messageAt, () => decodeMessage(frame.metadata));
    if (message.kind === 'other') throw notRead(bytes, message);
    if (message.kind === 'schema') throw this.damaged('a second schema, where rows or the end were expected');
    if (this.form === 'file') this.#met[message.kind].push(this.#messageAt - this.start);
    return this.#begin(bytes, frame, message);
  }

  #begin(reader: ByteReader, { prefix, length, metadata }: Frame, message: TableMessage): BatchMessage {
    reader.consume(prefix + length);
    this.#body = new Body(reader, message.bodyLength, this);
    return { ...message, metadata, body: this.#body };
  }

  /** Some writers leave out a file's end marker: then its footer stands where a message would. */
  #isFooter({ prefix, metadata }: Frame): boolean {
    return this.form === 'file' && prefix === 4 && !(this.#legacy && decodes(metadata));
  }

  async #end(): Promise<undefined> {
    if (this.form === 'file') {
      const at = this.bytes.position;
      const footer = await findFooter(this.bytes, this.#look);
      this.#compare(decodeAt(this.bytes, at, () => decodeFooter(footer)));
      this.bytes.consume(footer.length + FOOTER_END_BYTES);
    }
    this.#ended = true;
    return undefined;
  }

  /** Refuses a footer that says other than what was read. */
  #compare({ schema, dictionaries, batches }: Footer): void {
    const same = (blocks: readonly Block[], met: readonly number[]): boolean =>
      blocks.length === met.length && blocks.every(({ offset }, i) => offset === met[i]);
    let differs: string | undefined;
    if (!same(batches, this.#met.batch)) differs = 'lists other batches than it holds, or in another order';
    else if (!same(dictionaries, this.#met.dictionary)) differs = 'lists other dictionaries than it holds';
    else if (spellFields(schema.fields) !== spellFields(this.schema.fields))
      differs = 'has other columns than it begins with';
    if (differs === undefined) return;
    const advice = this.bytes.source.readAt
      ? 'the file is damaged: write it again'
      : `what was read is in the order of the data; ${nameTheFile(this.bytes)}`;
    throw dataError(`${this.bytes.name}: the footer of this Arrow file ${differs}; ${advice}`);
  }
}

/** Dictionaries and rows. */
type TableMessage = Extract<Message, { kind: 'batch' | 'dictionary' }>;

/** Columns by their names and types. */
const spellFields = (fields: readonly ArrowField[]): string =>
  JSON.stringify(fields.map((field) => [field.name, describeType(field)]));

/** The error for what is known and no part of a table. */
const notRead = ({ name }: ByteReader, { what, instead }: Extract<Message, { kind: 'other' }>): LevattnError =>
  dataError(`${name}: ${what}, which is not read; ${instead}`);

const refuseFeather = ({ name }: ByteReader): LevattnError =>
  dataError(
    `${name}: Feather V1, which is not read; write it as Feather V2, which is Arrow, with Python: pyarrow.feather.write_feather(pyarrow.feather.read_table(FILE), "K.arrow")`,
  );

/** What to do with a file that an input which cannot seek does not give in the order of its footer. */
export const nameTheFile = ({ source: { compression } }: ByteReader): string =>
  compression === undefined
    ? 'name the file itself instead of a pipe'
    : `decompress it to a file first: ${compression} -d FILE`;

/** Bytes that are looked at of an input that cannot seek. */
const MOST_AHEAD = 1 << 26;

/** What comes next of an input that cannot seek, as a source of its own: the bytes stay with the reader, which holds them. */
function sourceAhead(bytes: ByteReader): ByteSource {
  const { name, streaming } = bytes.source;
  let offset = 0;
  /** At least `least` bytes from a place on, unless the end comes first; and as many more as are at hand and wanted. */
  const copy = async (into: Uint8Array, from: number, least: number): Promise<number> => {
    const there = from + least <= MOST_AHEAD ? await bytes.peekPast(from + least - 1) : new Uint8Array(0);
    const part = there.subarray(from, from + into.length);
    into.set(part);
    return part.length;
  };
  return {
    name,
    streaming,
    size: undefined,
    read: async (into) => {
      const count = await copy(into, offset, 1);
      offset += count;
      return count;
    },
    readAt: (into, from) => copy(into, from, into.length),
    close: async () => {},
  };
}

/** The bytes of a source from a place on, as a source of their own. */
function sourceFrom({ name, size, streaming, readAt }: ByteSource, place: number): ByteSource {
  let offset = place;
  return {
    name,
    size: size === undefined ? undefined : size - place,
    streaming,
    read: async (into) => {
      const count = await readAt!(into, offset);
      offset += count;
      return count;
    },
    readAt: (into, from) => readAt!(into, place + from),
    skip: (length) => {
      const count = Math.min(length, size! - offset);
      offset += count;
      return count;
    },
    close: async () => {},
  };
}

/** The values of one column, page by page, over all row groups. What headers promise is checked here before memory is taken for it. */

import type { ColumnMetaData, DecodedArray, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import type { SeekableFile } from '../seeking.js';
import { prepareCodec } from './codecs.js';
import type { LargestLevels, PageHeader } from './encodings.js';
import { type Converted, type Page, PageDecoder, type StoredPage } from './page-decoder.js';
import type { ReusedMemory } from './reused-memory.js';
import { isCutShort, thriftLength } from './thrift.js';

/** Bytes looked at for a page's header; it takes more only where statistics are long. */
const HEADER_BYTES = 1 << 12;
/** Bytes that are read where a chunk begins: a small dictionary and the header behind it come with its own header, as every read costs another thread's wakening. */
const CHUNK_HEAD_BYTES = 1 << 14;
const MAX_HEADER_BYTES = 1 << 20;
/** Writers make pages of about a megabyte. */
const MAX_PAGE_BYTES = 1 << 28;
const MAX_PAGE_VALUES = 1 << 26;

/** A node of the path to a column's values. */
export interface PathNode {
  readonly element: SchemaElement;
}

/** What is used of a chunk's metadata. */
export type Chunk = Pick<
  ColumnMetaData,
  'codec' | 'data_page_offset' | 'dictionary_page_offset' | 'num_values' | 'total_compressed_size'
>;

/** Where a column's values are, and what they are made of. */
export interface PageSource<V extends Converted> {
  /** From the root to the values. */
  readonly path: readonly PathNode[];
  /** Its chunks in the order of row groups. */
  readonly chunks: readonly Chunk[];
  /** Values from what lies in pages. */
  readonly convert: (raw: DecodedArray) => V;
  /** Names the file and the column. */
  readonly name: string;
  /** Of numbers: where pages and their values are put; each page's are given back to {@link ColumnPages.reuse} when they have been used. */
  readonly memory?: ReusedMemory | undefined;
}

/** A page that has been read. */
interface ReadPage<V> extends StoredPage {
  readonly entries: number;
  /** Whether its chunk has no entries before it. */
  readonly beginsChunk: boolean;
  /** That of its chunk. */
  readonly dictionary: DictionaryOf<V> | undefined;
}

/** A chunk's dictionary, decoded when a page refers to it. */
interface DictionaryOf<V> {
  readonly page: StoredPage;
  values: V | undefined;
}

/** One column, from its first page to its last. */
export class ColumnPages<V extends Converted> {
  /** Bytes of the pages that have been read. */
  bytesRead = 0;
  readonly largest: LargestLevels;
  readonly #file: SeekableFile;
  readonly #source: PageSource<V>;
  readonly #decoder: PageDecoder<V>;
  #chunk = -1;
  #codec: ColumnMetaData['codec'] = 'UNCOMPRESSED';
  #dictionary: DictionaryOf<V> | undefined;
  #at = 0;
  #end = 0;
  /** What has been read of the chunk from `#at` on. */
  #next: Uint8Array = new Uint8Array();
  /** Entries of the chunk that are still to come. */
  #left = 0;
  #beginsChunk = false;

  constructor(file: SeekableFile, source: PageSource<V>) {
    this.#file = file;
    this.#source = source;
    const path = source.path.map(({ element }) => ({ element, children: [], count: 0, path: [] }));
    this.largest = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
    const { convert, name, memory } = source;
    const { element } = source.path.at(-1)!;
    this.#decoder = new PageDecoder({ element, largest: this.largest, convert, name, numbers: memory !== undefined });
  }

  /** Bytes of all pages. */
  get totalBytes(): number {
    return this.#source.chunks.reduce((sum, { total_compressed_size: size }) => sum + Number(size), 0);
  }

  /**
   * The next page of values; undefined after the last.
   * @throws Error of any kind where it is damaged; LevattnError where nothing reads its encoding
   */
  async next(): Promise<Page<V> | undefined> {
    const read = await this.#read();
    if (!read) return undefined;
    const { memory } = this.#source;
    const into = memory?.take(8 * read.entries);
    const page = this.#decode(read, into);
    memory?.give(read.bytes.buffer);
    if (into && (page.values as { buffer?: unknown }).buffer !== into) memory?.give(into);
    if (read.beginsChunk && page.repetition?.[0]) throw new RangeError('a row group that begins within a row');
    return page;
  }

  /**
   * Passes over the next pages without decoding what is in them, as long as they have no more entries than that.
   * @returns how many entries they had
   */
  async passOver(most: number): Promise<number> {
    let passed = 0;
    for (;;) {
      while (this.#left <= 0) if (!this.#beginChunk()) return passed;
      const { header, length } = await this.#readHeader();
      const entries = entriesOf(header);
      if (entries === undefined || entries > most - passed) return passed;
      if (entries > this.#left) throw moreValues();
      const size = length + header.compressed_page_size;
      this.#at += size;
      this.#next = new Uint8Array();
      this.#left -= entries;
      if (entries > 0) this.#beginsChunk = false;
      this.bytesRead += size;
      passed += entries;
    }
  }

  /** Takes the values of a page back, which nobody needs any more; those of part of one must not be given. */
  reuse({ buffer }: { readonly buffer: ArrayBufferLike }): void {
    this.#source.memory?.give(buffer);
  }

  /** The next page of values as it lies in the file; undefined after the last. */
  async #read(): Promise<ReadPage<V> | undefined> {
    for (;;) {
      while (this.#left <= 0) if (!this.#beginChunk()) return undefined;
      const { header, length } = await this.#readHeader();
      const size = header.compressed_page_size;
      const stored = { header, bytes: await this.#takePage(header, length), codec: this.#codec };
      this.#at += length + size;
      this.bytesRead += length + size;
      await prepareCodec(this.#codec, this.totalBytes);
      if (header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header) {
        this.#dictionary = { page: stored, values: undefined };
        continue;
      }
      const entries = entriesOf(header);
      if (entries !== undefined) return this.#readPage(stored, entries);
    }
  }

  #readPage(stored: StoredPage, entries: number): ReadPage<V> {
    this.#left -= entries;
    if (this.#left < 0) throw moreValues();
    const beginsChunk = this.#beginsChunk && entries > 0;
    if (entries > 0) this.#beginsChunk = false;
    return { ...stored, entries, beginsChunk, dictionary: this.#dictionary };
  }

  #decode({ dictionary, ...stored }: ReadPage<V>, into: ArrayBuffer | undefined): Page<V> {
    const ofChunk = (): V | undefined => {
      if (dictionary) dictionary.values ??= this.#decoder.dictionary(dictionary.page);
      return dictionary?.values;
    };
    return this.#decoder.decode(stored, ofChunk, into);
  }

  #beginChunk(): boolean {
    const chunk = this.#source.chunks[++this.#chunk];
    if (!chunk) return false;
    const first = Number(chunk.data_page_offset);
    const dictionary = Number(chunk.dictionary_page_offset ?? 0);
    this.#at = dictionary > 0 && dictionary < first ? dictionary : first;
    this.#end = this.#at + Number(chunk.total_compressed_size);
    this.#next = new Uint8Array();
    this.#left = Number(chunk.num_values);
    this.#codec = chunk.codec;
    this.#dictionary = undefined;
    this.#beginsChunk = true;
    if (!(this.#at >= 0 && this.#end >= this.#at && this.#end <= this.#file.length && this.#left >= 0)) {
      throw new RangeError('a column outside the file');
    }
    return true;
  }

  async #readHeader(): Promise<{ readonly header: PageHeader; readonly length: number }> {
    for (let size = HEADER_BYTES; ; size *= 16) {
      const most = Math.min(size, this.#end - this.#at);
      if (most === 0) throw new RangeError('a column with fewer values than it says');
      if (this.#next.length < most) this.#next = await this.#take(this.#at, Math.max(most, this.#headBytes()));
      const bytes = this.#next.subarray(0, most);
      try {
        const length = thriftLength(bytes);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        return {
          header: this.#checked(parquetHeader({ view, offset: 0 }), length),
          length,
        };
      } catch (error) {
        if (most < size || size >= MAX_HEADER_BYTES || !isCutShort(error)) throw error;
      }
    }
  }

  /** What is read with the first header of a chunk. */
  #headBytes(): number {
    return this.#beginsChunk ? Math.min(CHUNK_HEAD_BYTES, this.#end - this.#at) : 0;
  }

  #checked(header: PageHeader, length: number): PageHeader {
    const { compressed_page_size: size, uncompressed_page_size: whole } = header;
    const count =
      (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)?.num_values ?? 0;
    const sound =
      size >= 0 &&
      whole >= 0 &&
      whole <= MAX_PAGE_BYTES &&
      this.#at + length + size <= this.#end &&
      count >= 0 &&
      count <= MAX_PAGE_VALUES;
    if (!sound) throw new RangeError('a page that its column does not hold');
    return header;
  }

  /** The bytes of a page behind its header; those that follow in its chunk, where the next header is, are read with it. */
  async #takePage({ type, compressed_page_size: size }: PageHeader, length: number): Promise<Uint8Array> {
    const at = this.#at + length;
    const whole = size + Math.min(HEADER_BYTES, this.#end - at - size);
    if (this.#next.length >= length + whole) {
      const known = this.#next.slice(length, length + size);
      this.#next = this.#next.subarray(length + size);
      return known;
    }
    const bytes = await this.#take(at, whole, type === 'DICTIONARY_PAGE' ? undefined : this.#source.memory);
    this.#next = bytes.slice(size);
    return bytes.subarray(0, size);
  }

  /** @param memory - what they are read into, if not memory of their own */
  async #take(at: number, length: number, memory?: ReusedMemory): Promise<Uint8Array> {
    // All of it is read, or none is used.
    const bytes = memory ? new Uint8Array(memory.take(length), 0, length) : Buffer.allocUnsafeSlow(length);
    if ((await this.#file.readAt(bytes, at)) < length) throw new RangeError('a page past the end of the file');
    return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  }
}

/** Entries of a page of values; undefined for others. */
function entriesOf({ type, data_page_header: v1, data_page_header_v2: v2 }: PageHeader): number | undefined {
  if (type === 'DATA_PAGE' && v1) return v1.num_values;
  return type === 'DATA_PAGE_V2' && v2 ? v2.num_values : undefined;
}

const moreValues = (): Error => new RangeError('a column with more values than it says');

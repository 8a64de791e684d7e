/**
 * The values of one column, page by page, over all row groups. hyparquet decodes headers and values; what they promise is checked here
 * before memory is taken for it.
 */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ColumnMetaData, Compressors, DecodedArray, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { dataError } from '../../errors.js';
import { decompressZstd, prepareZstd } from '../bytes/compression/zstd.js';
import type { SeekableFile } from '../seeking.js';
import {
  doublesAt,
  isDictionary,
  type LargestLevels,
  type PageHeader,
  readLevels,
  readPlaces,
  readValues,
} from './encodings.js';
import type { DoublesInDictionary } from './runs.js';
import { isCutShort, thriftLength } from './thrift.js';

/** Bytes looked at for a page's header; it takes more only where statistics are long. */
const HEADER_BYTES = 1 << 12;
const MAX_HEADER_BYTES = 1 << 20;
/** Writers make pages of about a megabyte. */
const MAX_PAGE_BYTES = 1 << 28;
const MAX_PAGE_VALUES = 1 << 26;

/** Node's own are faster than decoders in JavaScript, and stop at the length that is promised; zstd with its limits. */
const CODECS: Compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: decompressZstd,
};

/** An array of values that are converted; typed arrays, or text. */
export type Converted = { readonly length: number; [i: number]: unknown };

/** What one page holds: values, or what they are decoded from as they are taken. */
export interface Page<V, Taken = never> {
  /** The values that are there. */
  readonly values: V | Taken;
  /** Places for values: those that are there, missing ones, and one for each list that is empty or missing. */
  readonly entries: number;
  /** For lists: 0 where a row begins. Else undefined. */
  readonly repetition: Uint8Array | undefined;
  /** Of each entry the largest level where a value is there; undefined where all are. */
  readonly definition: Uint8Array | undefined;
}

/** Where a column's values are, and what they are made of. */
export interface PageSource<V extends Converted> {
  /** The elements from the root to the values. */
  readonly path: readonly SchemaTree[];
  /** Its chunks in the order of row groups. */
  readonly chunks: readonly ColumnMetaData[];
  /** Values from what lies in pages. */
  readonly convert: (raw: DecodedArray) => V;
  /** Names the file and the column. */
  readonly name: string;
  /** Whether doubles of a dictionary may be decoded as they are taken, one after another. */
  readonly inTurn?: boolean | undefined;
}

/**
 * One column, from its first page to its last.
 * @typeParam Taken - {@link DoublesInDictionary} where the source says {@link PageSource.inTurn}
 */
export class ColumnPages<V extends Converted, Taken extends DoublesInDictionary = never> {
  /** Bytes of the pages that have been read. */
  bytesRead = 0;
  readonly largest: LargestLevels;
  readonly #file: SeekableFile;
  readonly #source: PageSource<V>;
  readonly #element: SchemaElement;
  #chunk = -1;
  #codec: ColumnMetaData['codec'] = 'UNCOMPRESSED';
  #dictionary: V | undefined;
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
    const path = [...source.path];
    this.#element = path.at(-1)!.element;
    this.largest = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
  }

  /** Bytes of all pages. */
  get totalBytes(): number {
    return this.#source.chunks.reduce((sum, { total_compressed_size: size }) => sum + Number(size), 0);
  }

  /**
   * The next page of values; undefined after the last.
   * @throws Error of any kind where it is damaged; LevattnError where nothing reads its encoding
   */
  async next(): Promise<Page<V, Taken> | undefined> {
    for (;;) {
      while (this.#left <= 0) if (!this.#beginChunk()) return undefined;
      const { header, length } = await this.#readHeader();
      const size = header.compressed_page_size;
      const bytes = await this.#takePage(this.#at + length, size);
      this.#at += length + size;
      this.bytesRead += length + size;
      if (this.#codec === 'ZSTD') await prepareZstd();
      const page = this.#decode(header, bytes);
      if (page) return page;
    }
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
      const { type, compressed_page_size: size } = header;
      const entries = (header.data_page_header_v2 ?? header.data_page_header)?.num_values ?? 0;
      const isData = type === 'DATA_PAGE' || type === 'DATA_PAGE_V2';
      if (!isData || entries > most - passed) return passed;
      if (entries > this.#left) throw new RangeError('a column with more values than it says');
      this.#at += length + size;
      this.#next = new Uint8Array();
      this.#left -= entries;
      this.bytesRead += length + size;
      passed += entries;
    }
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
      const bytes = this.#next.length >= most ? this.#next.subarray(0, most) : await this.#take(this.#at, most);
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

  #decode(header: PageHeader, bytes: Uint8Array): Page<V, Taken> | undefined {
    const { type, dictionary_page_header: dictionary, data_page_header: v1, data_page_header_v2: v2 } = header;
    if (type === 'DICTIONARY_PAGE' && dictionary) {
      const page = this.#decompress(bytes, header.uncompressed_page_size);
      this.#dictionary = this.#convert(page, dictionary.num_values, 'PLAIN');
      return undefined;
    }
    if (type === 'DATA_PAGE' && v1) {
      const isOld = ({ repetition, definition }: LargestLevels) =>
        (repetition > 0 && v1.repetition_level_encoding === 'BIT_PACKED') ||
        (definition > 0 && v1.definition_level_encoding === 'BIT_PACKED');
      if (isOld(this.largest)) throw this.#notRead('BIT_PACKED');
      return this.#values(
        { ...header, data_page_header_v2: undefined },
        this.#decompress(bytes, header.uncompressed_page_size),
      );
    }
    return type === 'DATA_PAGE_V2' && v2 ? this.#values(header, this.#decompressV2(header, bytes)) : undefined;
  }

  #values(header: PageHeader, page: Uint8Array): Page<V, Taken> {
    const { num_values: entries, encoding } = (header.data_page_header_v2 ?? header.data_page_header)!;
    this.#left -= entries;
    if (this.#left < 0) throw new RangeError('a column with more values than it says');
    const { repetition, definition, present, end } = readLevels(page, header, this.largest);
    if (entries > 0) {
      if (this.#beginsChunk && repetition?.[0]) throw new RangeError('a row group that begins within a row');
      this.#beginsChunk = false;
    }
    const values = isDictionary(encoding)
      ? this.#lookUp(page, end, present, definition === undefined && repetition === undefined)
      : this.#convert(page.subarray(end), present, encoding);
    if (values.length !== present) throw new RangeError('a page with another number of values');
    return { values, entries, repetition, definition };
  }

  #convert(bytes: Uint8Array, count: number, encoding: string | undefined): V {
    const raw = readValues(bytes, count, encoding, this.#element);
    if (!raw) throw this.#notRead(encoding);
    return this.#source.convert(raw);
  }

  /** @param whole - whether nothing is missing between the values */
  #lookUp(page: Uint8Array, at: number, count: number, whole: boolean): V | Taken {
    const dictionary = this.#dictionary ?? this.#source.convert([]);
    const doubles = dictionary instanceof Float64Array ? doublesAt(page, at, count, dictionary) : undefined;
    if (doubles && whole && this.#source.inTurn) return doubles as Taken;
    if (doubles) {
      const values = new Float64Array(count);
      doubles.take(count, values, 0, 1);
      return values as unknown as V;
    }
    const places = readPlaces(page, at, count);
    const values = new (dictionary.constructor as new (length: number) => V)(count);
    const { length } = dictionary;
    for (let i = 0; i < count; i++) {
      const place = places[i]!;
      if (place >= length) throw new RangeError('a value outside its dictionary');
      values[i] = dictionary[place];
    }
    return values;
  }

  #decompress(bytes: Uint8Array, length: number): Uint8Array {
    // Of nothing, writers differ in what they make.
    return length === 0 ? new Uint8Array() : decompressPage(bytes, length, this.#codec, CODECS);
  }

  /** Levels are never compressed; values are, unless the header says that they are not. */
  #decompressV2(header: PageHeader, bytes: Uint8Array): Uint8Array {
    const v2 = header.data_page_header_v2!;
    const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
    const whole = header.uncompressed_page_size;
    if (!(levels >= 0 && levels <= Math.min(bytes.length, whole))) {
      throw new RangeError('levels longer than their page');
    }
    if (v2.is_compressed === false) return bytes;
    const page = new Uint8Array(whole);
    page.set(bytes.subarray(0, levels));
    page.set(this.#decompress(bytes.subarray(levels), whole - levels), levels);
    return page;
  }

  #notRead(encoding: string | undefined): Error {
    const what = encoding ?? 'an encoding that is not known';
    return dataError(
      `${this.#source.name} is written in ${what}, which is not read; write it again in PLAIN or dictionary encoding`,
    );
  }

  /** The bytes of a page; those that follow in its chunk, where the next header is, are read with it. */
  async #takePage(at: number, length: number): Promise<Uint8Array> {
    const more = Math.min(HEADER_BYTES, this.#end - at - length);
    const bytes = await this.#take(at, length + more);
    this.#next = bytes.slice(length);
    return bytes.subarray(0, length);
  }

  async #take(at: number, length: number): Promise<Uint8Array> {
    // All of it is read, or none is used.
    const bytes = Buffer.allocUnsafeSlow(length);
    if ((await this.#file.readAt(bytes, at)) < length) throw new RangeError('a page past the end of the file');
    return new Uint8Array(bytes.buffer, 0, length);
  }
}

/**
 * The values of one column, page by page, over all row groups. hyparquet decodes headers and pages; what they promise is
 * checked here before memory is taken for it.
 */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ColumnMetaData, CompressionCodec, Compressors, DecodedArray, FileMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { decompressZstd } from '../../compression/zstd.js';
import type { SeekableFile } from '../seeking.js';
import { checkRunsV1, checkRunsV2, type LargestLevels } from './runs.js';
import { isCutShort, thriftLength } from './thrift.js';

type ColumnDecoder = Parameters<typeof readDataPage>[2];
type PageHeader = ReturnType<typeof parquetHeader>;
type DataPage = ReturnType<typeof readDataPage>;

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

/** What one page holds. */
export interface Page {
  readonly values: DecodedArray;
  /** For lists: 0 where a row begins. Else empty. */
  readonly repetition: readonly number[];
  /** The position among the entries of the first that is missing, if one is. */
  readonly missing: number | undefined;
}

/** One column, from its first page to its last. */
export class ColumnPages {
  /** Bytes of the pages that have been read. */
  bytesRead = 0;
  readonly #file: SeekableFile;
  readonly #chunks: readonly ColumnMetaData[];
  readonly #path: readonly SchemaTree[];
  readonly #largest: LargestLevels;
  #chunk = -1;
  #decoder: ColumnDecoder | undefined;
  #dictionary: DecodedArray | undefined;
  #at = 0;
  #end = 0;
  /** Entries of the chunk that are still to come. */
  #left = 0;

  /** @param path - the elements from the root to the values */
  constructor(file: SeekableFile, { row_groups }: FileMetaData, path: readonly SchemaTree[]) {
    this.#file = file;
    this.#path = path;
    this.#largest = { repetition: getMaxRepetitionLevel([...path]), definition: getMaxDefinitionLevel([...path]) };
    const name = path.at(-1)!.path.join('.');
    this.#chunks = row_groups.map(({ columns }) => {
      const found = columns.find(({ meta_data: meta }) => meta?.path_in_schema.join('.') === name)?.meta_data;
      if (!found) throw new RangeError(`a row group without column ${name}`);
      return found;
    });
  }

  /** Bytes of all pages. */
  get totalBytes(): number {
    return this.#chunks.reduce((sum, { total_compressed_size: size }) => sum + Number(size), 0);
  }

  /**
   * The next page of values; undefined after the last.
   * @throws Error of any kind where it is damaged
   */
  async next(): Promise<Page | undefined> {
    for (;;) {
      while (this.#left <= 0) if (!this.#beginChunk()) return undefined;
      const { header, length } = await this.#readHeader();
      const size = header.compressed_page_size;
      const bytes = await this.#take(this.#at + length, size);
      this.#at += length + size;
      this.bytesRead += length + size;
      const page = this.#decode(header, bytes);
      if (page) return page;
    }
  }

  #beginChunk(): boolean {
    const chunk = this.#chunks[++this.#chunk];
    if (!chunk) return false;
    const first = Number(chunk.data_page_offset);
    const dictionary = Number(chunk.dictionary_page_offset ?? 0);
    this.#at = dictionary > 0 && dictionary < first ? dictionary : first;
    this.#end = this.#at + Number(chunk.total_compressed_size);
    this.#left = Number(chunk.num_values);
    this.#dictionary = undefined;
    if (!(this.#at >= 0 && this.#end >= this.#at && this.#end <= this.#file.length && this.#left >= 0)) {
      throw new RangeError('a column outside the file');
    }
    this.#decoder = {
      pathInSchema: chunk.path_in_schema,
      type: chunk.type,
      element: this.#path.at(-1)!.element,
      schemaPath: [...this.#path],
      codec: chunk.codec as CompressionCodec,
      parsers: DEFAULT_PARSERS,
      compressors: CODECS,
    };
    return true;
  }

  async #readHeader(): Promise<{ readonly header: PageHeader; readonly length: number }> {
    for (let size = HEADER_BYTES; ; size *= 16) {
      const most = Math.min(size, this.#end - this.#at);
      if (most === 0) throw new RangeError('a column with fewer values than it says');
      const bytes = await this.#take(this.#at, most);
      try {
        const length = thriftLength(bytes);
        return {
          header: this.#checked(parquetHeader({ view: new DataView(bytes.buffer), offset: 0 }), length),
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

  #decode(header: PageHeader, bytes: Uint8Array<ArrayBuffer>): Page | undefined {
    const decoder = this.#decoder!;
    if (header.type === 'DICTIONARY_PAGE') {
      const reader = { view: new DataView(bytes.buffer), offset: 0 };
      const { data } = readPage(reader, header, decoder, undefined, undefined, 0);
      this.#dictionary = data && convert(data, decoder);
      return undefined;
    }
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    const info = header.type === 'DATA_PAGE' ? v1 : header.type === 'DATA_PAGE_V2' ? v2 : undefined;
    if (!info) return undefined;
    this.#left -= info.num_values;
    if (this.#left < 0) throw new RangeError('a column with more values than it says');
    const { definitionLevels, repetitionLevels, dataPage } =
      info === v1 ? this.#readV1(header, bytes) : this.#readV2(header, bytes);
    const missing = definitionLevels?.findIndex((level) => level !== this.#largest.definition) ?? -1;
    const values = convertWithDictionary(dataPage, this.#dictionary, info.encoding, decoder);
    if (missing < 0 && values.length !== info.num_values) throw new RangeError('a page with another number of values');
    return { values, repetition: repetitionLevels, missing: missing < 0 ? undefined : missing };
  }

  #readV1(header: PageHeader, bytes: Uint8Array): DataPage {
    const decoder = this.#decoder!;
    const page = decompressPage(bytes, header.uncompressed_page_size, decoder.codec, CODECS);
    checkRunsV1(page, header.data_page_header!, this.#largest);
    return readDataPage(page, header.data_page_header!, decoder);
  }

  /** Levels are never compressed; values are, unless the header says that they are not. */
  #readV2(header: PageHeader, bytes: Uint8Array): DataPage {
    const decoder = this.#decoder!;
    const v2 = header.data_page_header_v2!;
    const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
    const whole = header.uncompressed_page_size;
    if (!(v2.num_nulls >= 0 && levels >= 0 && levels <= Math.min(bytes.length, whole))) {
      throw new RangeError('levels longer than their page');
    }
    let page = bytes;
    if (v2.is_compressed !== false) {
      page = new Uint8Array(whole);
      page.set(bytes.subarray(0, levels));
      page.set(decompressPage(bytes.subarray(levels), whole - levels, decoder.codec, CODECS), levels);
    }
    checkRunsV2(page, v2, this.#largest);
    return readDataPageV2(page, { ...header, data_page_header_v2: { ...v2, is_compressed: false } }, decoder);
  }

  async #take(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    if ((await this.#file.readAt(bytes, at)) < length) throw new RangeError('a page past the end of the file');
    return bytes;
  }
}

/**
 * What is in a page, from its header and its bytes: the same on any thread. hyparquet decodes values; what headers promise is checked
 * before memory is taken for it.
 */

import type { ColumnMetaData, DecodedArray, SchemaElement } from 'hyparquet';
import { dataError } from '../../errors.js';
import { decompress } from './codecs.js';
import { isDictionary, type LargestLevels, type PageHeader, readLevels, readPlaces, readValues } from './encodings.js';
import { lookUpDoubles } from './kernel.js';
import { outsideDictionary } from './runs.js';

/** An array of values that are converted; typed arrays, or text. */
export type Converted = { readonly length: number; [i: number]: unknown };

/** What one page holds. */
export interface Page<V> {
  /** The values that are there. */
  readonly values: V;
  /** Places for values: those that are there, missing ones, and one for each list that is empty or missing. */
  readonly entries: number;
  /** For lists: 0 where a row begins. Else undefined. */
  readonly repetition: Uint8Array | undefined;
  /** Of each entry the largest level where a value is there; undefined where all are. */
  readonly definition: Uint8Array | undefined;
}

/** A page as it lies in the file. */
export interface StoredPage {
  readonly header: PageHeader;
  readonly bytes: Uint8Array;
  readonly codec: ColumnMetaData['codec'];
}

/** What the pages of a column are made of. */
export interface PageContent<V extends Converted> {
  readonly element: SchemaElement;
  readonly largest: LargestLevels;
  /** Values from what lies in pages. */
  readonly convert: (raw: DecodedArray) => V;
  /** Names the file and the column. */
  readonly name: string;
  /** Whether values are numbers: nothing refers to a page that has been decoded. */
  readonly numbers: boolean;
}

/** Decodes the pages of one column. */
export class PageDecoder<V extends Converted> {
  readonly #content: PageContent<V>;

  constructor(content: PageContent<V>) {
    this.#content = content;
  }

  /** The values of a page that is a dictionary. */
  dictionary({ header, bytes, codec }: StoredPage): V {
    const page = this.#decompress(bytes, header.uncompressed_page_size, codec);
    return this.#withoutPage(this.#convert(page, header.dictionary_page_header!.num_values, 'PLAIN'), page);
  }

  /**
   * A page of values.
   * @param dictionary - gives that of its chunk, where the page refers to one
   * @param memory - where numbers may be put: 8 bytes for each entry
   * @throws Error of any kind where it is damaged; LevattnError where nothing reads its encoding
   */
  decode(
    { header, bytes, codec }: StoredPage,
    dictionary: () => V | undefined,
    memory: ArrayBuffer | undefined,
  ): Page<V> {
    const { encoding } = (header.data_page_header_v2 ?? header.data_page_header)!;
    // Before the page itself, as both may be decompressed to the same memory.
    const ofChunk = isDictionary(encoding) ? dictionary() : undefined;
    if (header.type === 'DATA_PAGE_V2')
      return this.#values(header, this.#decompressV2(header, bytes, codec), ofChunk, memory);
    const { repetition_level_encoding: repeated, definition_level_encoding: defined } = header.data_page_header!;
    const { repetition, definition } = this.#content.largest;
    const isOld = (repetition > 0 && repeated === 'BIT_PACKED') || (definition > 0 && defined === 'BIT_PACKED');
    if (isOld) throw this.#notRead('BIT_PACKED');
    const page = this.#decompress(bytes, header.uncompressed_page_size, codec);
    return this.#values({ ...header, data_page_header_v2: undefined }, page, ofChunk, memory);
  }

  #values(header: PageHeader, page: Uint8Array, dictionary: V | undefined, memory: ArrayBuffer | undefined): Page<V> {
    const { num_values: entries, encoding } = (header.data_page_header_v2 ?? header.data_page_header)!;
    const { repetition, definition, present, end } = readLevels(page, header, this.#content.largest);
    const values = isDictionary(encoding)
      ? this.#lookUp(page, end, present, dictionary, memory)
      : ((encoding === 'PLAIN' ? this.#plain(page.subarray(end), present, memory) : undefined) ??
        this.#withoutPage(this.#convert(page.subarray(end), present, encoding), page));
    if (values.length !== present) throw new RangeError('a page with another number of values');
    return { values, entries, repetition, definition };
  }

  #convert(bytes: Uint8Array, count: number, encoding: string | undefined): V {
    const raw = readValues(bytes, count, encoding, this.#content.element);
    if (!raw) throw this.#notRead(encoding);
    return this.#content.convert(raw);
  }

  /** Plain numbers that are what is read of them. */
  #plain(bytes: Uint8Array, count: number, memory: ArrayBuffer | undefined): V | undefined {
    const { numbers, element } = this.#content;
    const size = element.type === 'DOUBLE' ? 8 : 4;
    const isThere = numbers && memory && (size === 8 || element.type === 'FLOAT') && bytes.length >= size * count;
    if (!isThere) return undefined;
    new Uint8Array(memory, 0, size * count).set(bytes.subarray(0, size * count));
    return (size === 8 ? new Float64Array(memory, 0, count) : new Float32Array(memory, 0, count)) as unknown as V;
  }

  #lookUp(page: Uint8Array, at: number, count: number, given: V | undefined, memory: ArrayBuffer | undefined): V {
    const dictionary = given ?? this.#content.convert([]);
    if (dictionary instanceof Float64Array) {
      const doubles = memory ? new Float64Array(memory, 0, count) : new Float64Array(count);
      if (lookUpDoubles(page, at, dictionary, doubles)) return doubles as unknown as V;
    }
    const places = readPlaces(page, at, count);
    const values = new (dictionary.constructor as new (length: number) => V)(count);
    const { length } = dictionary;
    for (let i = 0; i < count; i++) {
      const place = places[i]!;
      if (place >= length) throw outsideDictionary();
      values[i] = dictionary[place];
    }
    return values;
  }

  #decompress(bytes: Uint8Array, length: number, codec: ColumnMetaData['codec']): Uint8Array {
    return decompress(bytes, length, codec, this.#content.numbers);
  }

  /** Levels are never compressed; values are, unless the header says that they are not. */
  #decompressV2(header: PageHeader, bytes: Uint8Array, codec: ColumnMetaData['codec']): Uint8Array {
    const v2 = header.data_page_header_v2!;
    const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
    const whole = header.uncompressed_page_size;
    if (!(levels >= 0 && levels <= Math.min(bytes.length, whole))) {
      throw new RangeError('levels longer than their page');
    }
    if (v2.is_compressed === false) return bytes;
    const page = new Uint8Array(whole);
    page.set(bytes.subarray(0, levels));
    page.set(this.#decompress(bytes.subarray(levels), whole - levels, codec), levels);
    return page;
  }

  /** Values that do not lie in their page: the memory of pages of numbers is used again. */
  #withoutPage(values: V, page: Uint8Array): V {
    const isWithin = ArrayBuffer.isView(values) && values.buffer === page.buffer;
    return this.#content.numbers && isWithin ? ((values as unknown as Float64Array).slice() as unknown as V) : values;
  }

  #notRead(encoding: string | undefined): Error {
    const what = encoding ?? 'an encoding that is not known';
    return dataError(
      `${this.#content.name} is written in ${what}, which is not read; write it again in PLAIN or dictionary encoding`,
    );
  }
}

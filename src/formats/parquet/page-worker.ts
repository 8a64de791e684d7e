/** A worker thread that decodes pages, one after another. */

import { parentPort } from 'node:worker_threads';
import { READY } from '../../threads/workers.js';
import { prepareZstd } from '../bytes/compression/zstd.js';
import type { NumberArray } from './numbers.js';
import { type Page, PageDecoder, type StoredPage } from './page-decoder.js';
import { bytesIn, claim, type PageMessage, type SharedPage } from './page-protocol.js';
import { numbersOf } from './times.js';

/** Of each column, the dictionary that its last page referred to. */
const dictionaries = new Map<number, { readonly number: number; readonly values: NumberArray }>();

await prepareZstd();

parentPort!.on('message', (message: PageMessage) => {
  if (message.kind === 'forget') {
    dictionaries.delete(message.column);
    return;
  }
  // Where the thread that needs it has taken it, or fails in the same way, nothing is to be said.
  const page = claim(message.page.memory) ? decoded(message) : undefined;
  parentPort!.postMessage(page, page ? [...owned(page)] : []);
});

function decoded({ column, element, largest, page, dictionary }: PageMessage & { kind: 'page' }) {
  try {
    const { convert } = numbersOf(element)!;
    const decoder = new PageDecoder<NumberArray>({ element, largest, convert, name: '' });
    return withOwnValues(
      decoder.decode(stored(page), () => {
        if (!dictionary) return undefined;
        const { number } = dictionary;
        const known = dictionaries.get(column);
        if (known?.number === number) return known.values;
        const values = decoder.dictionary(stored(dictionary));
        dictionaries.set(column, { number, values });
        return values;
      }),
    );
  } catch {
    return undefined;
  }
}

const stored = (page: SharedPage): StoredPage => ({ ...page, bytes: bytesIn(page) });

/** Values in memory of their own, which can be handed over: of uncompressed pages they lie in the page. */
function withOwnValues(page: Page<NumberArray>): Page<NumberArray> {
  const { buffer, byteLength } = page.values;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isOwn ? page : { ...page, values: page.values.slice() };
}

function* owned({ values, repetition, definition }: Page<NumberArray>): Generator<ArrayBuffer> {
  for (const array of [values, repetition, definition]) if (array) yield array.buffer as ArrayBuffer;
}

parentPort!.postMessage(READY);

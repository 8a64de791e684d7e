/** A worker thread that decodes pages, one after another. */

import { parentPort } from 'node:worker_threads';
import { READY } from '../../threads/workers.js';
import { prepareZstd } from '../bytes/compression/zstd.js';
import type { NumberArray } from './numbers.js';
import { type Page, PageDecoder, type StoredPage } from './page-decoder.js';
import { bytesIn, claim, type PageAnswer, type PageMessage, type SharedPage } from './page-protocol.js';
import { numbersOf } from './times.js';

/** Of each column, the dictionary that its last page referred to. */
const dictionaries = new Map<number, { readonly number: number; readonly values: NumberArray }>();

/** What is being done: one message after another. */
let under = Promise.resolve();

parentPort!.on('message', (message: PageMessage) => {
  under = under.then(() => (message.kind === 'page' ? answer(message) : void dictionaries.delete(message.column)));
});

type PageTask = Extract<PageMessage, { kind: 'page' }>;

async function answer(task: PageTask): Promise<void> {
  if (task.page.codec === 'ZSTD') await prepareZstd();
  // Where the thread that needs it has taken it, or fails in the same way, nothing is to be said.
  const page = claim(task.page) ? decoded(task) : undefined;
  parentPort!.postMessage(page && answerOf(page, task), page ? [...owned(page)] : []);
}

function decoded({ column, element, largest, page, dictionary, memory }: PageTask): Page<NumberArray> | undefined {
  try {
    const { convert } = numbersOf(element)!;
    const decoder = new PageDecoder<NumberArray>({ element, largest, convert, name: '', numbers: true });
    const ofChunk = (): NumberArray | undefined => {
      if (!dictionary) return undefined;
      const { number } = dictionary;
      const known = dictionaries.get(column);
      if (known?.number === number) return known.values;
      const values = decoder.dictionary(stored(dictionary));
      dictionaries.set(column, { number, values });
      return values;
    };
    return decoder.decode(stored(page), ofChunk, memory);
  } catch {
    return undefined;
  }
}

/** Shared memory is another object for every thread: that values lie in it is all that is said. */
function answerOf(page: Page<NumberArray>, { memory }: PageTask): PageAnswer {
  const { values } = page;
  if (values.buffer !== memory) return page;
  const type = values instanceof Float32Array ? 'Float32Array' : 'Float64Array';
  return { ...page, values: { type, length: values.length } };
}

const stored = (page: SharedPage): StoredPage => ({ ...page, bytes: bytesIn(page) });

/** Memory that can be handed over: not what is shared, nor what Node keeps for small buffers. */
function* owned({ values, repetition, definition }: Page<NumberArray>): Generator<ArrayBuffer> {
  for (const array of [values, repetition, definition])
    if (array?.buffer instanceof ArrayBuffer && array.buffer.byteLength > Buffer.poolSize) yield array.buffer;
}

parentPort!.postMessage(READY);

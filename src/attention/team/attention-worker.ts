/** A worker thread that works on blocks of queries, in the memory it shares with the thread that reads them. */

import { parentPort, workerData } from 'node:worker_threads';
import { LevattnError } from '../../errors.js';
import { parseFunction } from '../../functions.js';
import { attachKernels } from '../../kernels/backends.js';
import { Places } from '../../kernels/places.js';
import { READY } from '../../threads/workers.js';
import { adoptKeys } from '../dense/packed-keys.js';
import { adoptSingleKeys } from '../dense/single-scores.js';
import type { WorkSpace } from '../dense/work-space.js';
import type { SharedValues } from './coverage-blocks.js';
import { createBlocks } from './create-blocks.js';
import type { AttentionAnswer, AttentionMessage, AttentionSetup, BlockSetup, Blocks } from './protocol.js';
import type { QueryBlock, QuerySlot } from './query-block.js';
import type { SingleProducts } from './single-blocks.js';

const { handle } = workerData as AttentionSetup;
const kernels = attachKernels(handle);
const places: WorkSpace = new Places(kernels);
let blocks: Blocks;
let slots: readonly QuerySlot[] = [];

function adoptSetup(setup: BlockSetup): BlockSetup {
  if (setup.kind === 'coverage') {
    return { ...setup, keys: adoptKeys(kernels, setup.keys), values: setup.values && adoptValues(setup.values) };
  }
  if (setup.kind === 'single') return { ...setup, keys: adoptProducts(setup.keys) };
  return { ...setup, lists: setup.lists.map((list) => ({ ...list, keys: adoptKeys(kernels, list.keys) })) };
}

const adoptProducts = (keys: SingleProducts): SingleProducts =>
  keys.precision === 'float32'
    ? { ...keys, packed: adoptSingleKeys(kernels, keys.packed) }
    : { ...keys, packed: adoptKeys(kernels, keys.packed) };

const adoptValues = (values: SharedValues): SharedValues =>
  values.inKernels ? { ...values, rows: kernels.adopt(values.rows) } : values;

const adoptSlot = ({ queries, scores }: QuerySlot): QuerySlot => ({
  queries: kernels.adopt(queries),
  scores: scores.map((own) => kernels.adopt(own)),
});

function answer(block: QueryBlock): AttentionAnswer {
  try {
    return { answer: blocks.compute(block) };
  } catch (error) {
    if (error instanceof LevattnError) return { problem: error.message };
    throw error;
  }
}

parentPort!.on('message', (message: AttentionMessage) => {
  if (message.kind === 'block') parentPort!.postMessage(answer({ ...message.run, ...slots[message.slot] }));
  else {
    slots = message.slots.map(adoptSlot);
    const functions = message.setup.functions.map(({ name }) => parseFunction(name));
    blocks = createBlocks(kernels, places, adoptSetup(message.setup), functions);
  }
});

parentPort!.postMessage(READY);

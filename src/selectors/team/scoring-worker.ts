/** A worker thread that works on blocks of keys, in the memory it shares with the thread that reads them. */

import { parentPort, workerData } from 'node:worker_threads';
import { attachKernels } from '../../kernels/backends.js';
import { READY } from '../../threads/workers.js';
import type { KeyBlock } from '../key-source.js';
import { Denominators, QueryProducts } from '../observed-attention.js';
import { type BlockScorer, createBlockScorer } from './block-scores.js';
import type { BlockTask, ScoringAnswer, ScoringMessage, ScoringSetup, SharedKeys } from './protocol.js';

const { handle } = workerData as ScoringSetup;
const kernels = attachKernels(handle);
let d: number;
let score: BlockScorer | undefined;
let denominators: Denominators | undefined;

function begin(task: BlockTask): void {
  ({ d } = task);
  const adds = task.kind === 'denominators';
  denominators = adds ? new Denominators(new QueryProducts(task.queries, d, kernels), task.sums, kernels) : undefined;
  score = adds ? undefined : createBlockScorer(task, d, kernels);
}

function answer(keys: SharedKeys): ScoringAnswer {
  const block: KeyBlock = { ...keys, d, values: kernels.adopt(keys.values) };
  if (score) return score(block);
  denominators!.add(block);
  return undefined;
}

parentPort!.on('message', (message: ScoringMessage) => {
  if (message.kind === 'begin') begin(message.task);
  else parentPort!.postMessage(message.kind === 'block' ? answer(message.keys) : denominators!.sums);
});

parentPort!.postMessage(READY);

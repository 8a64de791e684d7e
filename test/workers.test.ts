/** Every worker in dist/bin can be loaded and gets ready: small inputs start none, so one that cannot would go unnoticed. */

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { allocateTile } from '../src/entries/exact/search.js';
import * as files from '../src/files.js';
import { parseFunction } from '../src/functions.js';
import { WIDE_STEP } from '../src/kernels/blocked-tasks.js';
import { Crew } from '../src/threads/crew.js';
import { READY } from '../src/threads/workers.js';

/** As built: the WebAssembly lies beside it. */
const { createKernels } = await import('../dist/kernels/backends.js');

const kernels = createKernels('wasm');
const { handle } = kernels;
const search = { d: 4, capacity: 16, scale: 0.5, eps: 0.05, sight: {} };
const tile = allocateTile(kernels, { ...search, f: parseFunction('softmax') });

/** The workers that say when they are ready, and what each is started with, or told first. */
const READY_WORKERS: readonly (readonly [file: URL, setup: object, told?: object])[] = [
  [
    files.SCREEN_WORKER_FILE,
    {},
    { kind: 'setup', handle, shape: { d: 4, blockRows: 16, floor: 0.05, decay: 0, sampleRate: 1, lewis: undefined } },
  ],
  [files.EXACT_WORKER_FILE, { handle, config: search, f: 'softmax', tile }],
  [files.ATTENTION_WORKER_FILE, { handle }],
  [files.SCORING_WORKER_FILE, { handle }],
  [files.VERIFY_WORKER_FILE, { keys: {}, scale: 1 }],
  [files.LANE_WORKER_FILE, {}],
];

const nameOf = (file: URL): string => file.pathname.split('/').at(-1)!;

test('there are no others', () => {
  const bundled = readdirSync(new URL('.', files.SCREEN_WORKER_FILE)).filter((name) => name.endsWith('-worker.js'));
  const tested = [...READY_WORKERS.map(([file]) => file), files.WIDE_WORKER_FILE].map(nameOf);
  expect(bundled.sort()).toEqual(tested.sort());
});

test.each(READY_WORKERS.map(([file, setup, told]) => ({ name: nameOf(file), file, setup, told })))(
  '$name',
  async ({ file, setup, told }) => {
    const worker = new Worker(file, { workerData: setup });
    if (told) worker.postMessage(told);
    try {
      // An error of the worker rejects.
      expect(await once(worker, 'message')).toEqual([READY]);
    } finally {
      await worker.terminate();
    }
  },
);

test('wide-worker.js takes tasks', () => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let own = 0;
  // Of two tasks this thread takes one and sleeps; a worker that runs takes the other: to pack no rows.
  const crew = new Crew(files.WIDE_WORKER_FILE, 1, handle, () => {
    own++;
    Atomics.wait(pause, 0, 0, 50);
  });
  try {
    let steps = 0;
    do {
      own = 0;
      crew.run(WIDE_STEP.pack, 2, [0, 1, 0, 0, 0]);
    } while (own === 2 && ++steps < 400);
    expect(own).toBe(1);
  } finally {
    crew.close();
  }
});

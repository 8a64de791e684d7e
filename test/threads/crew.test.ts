/** A crew of threads: every task of every step once, whoever does it. Runs the built module, as threads do. */

import { afterAll, expect, test } from 'vitest';
import { randomFrom } from '../support/random-matrices.js';

const { Crew, MOST_TASKS } = await import('../../dist/threads/crew.js');

const shared = new SharedArrayBuffer(4 * MOST_TASKS);
const counts = new Int32Array(shared);
const crew = new Crew(
  new URL('crew-worker.js', import.meta.url),
  2,
  shared,
  (kind: number, values: Float64Array, task: number, sharedOf: (id: number) => SharedArrayBuffer) => {
    if (kind === 1 && task === 13) throw new Error('a mistake');
    Atomics.add(kind === 3 ? new Int32Array(sharedOf(values[1])) : counts, task, values[0]);
  },
);

afterAll(() => crew.close());

/** Runs steps of random sizes, and looks at what each of them has done. */
function runSteps(steps: number, seed: number): void {
  const random = randomFrom(seed);
  for (let step = 0; step < steps; step++) {
    const total = 1 + Math.floor(random() ** 4 * 300);
    const share = 1 + (step % 7);
    counts.fill(0);
    crew.run(0, total, [share]);
    expect(counts.subarray(0, total).every((count) => count === share)).toBe(true);
    expect(counts.subarray(total).every((count) => count === 0)).toBe(true);
  }
}

test('every task is done once, while threads start and when they are there', async () => {
  runSteps(200, 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  runSteps(2000, 2);
});

test('the most tasks there may be', () => {
  counts.fill(0);
  crew.run(0, MOST_TASKS, [1]);
  expect(counts.every((count) => count === 1)).toBe(true);
  expect(() => crew.run(0, MOST_TASKS + 1, [1])).toThrow(RangeError);
});

test('a task that fails fails its step, when all others are done, and no step after it', () => {
  counts.fill(0);
  expect(() => crew.run(1, 40, [1])).toThrow('a task of a step failed');
  expect(counts.subarray(0, 40).filter((count) => count === 1).length).toBe(39);
  runSteps(50, 3);
});

test('it goes on after its threads were ended', async () => {
  for (let round = 0; round < 5; round++) {
    crew.close();
    runSteps(50, 4 + round);
    await new Promise((resolve) => setTimeout(resolve, 60));
    runSteps(50, 50 + round);
  }
});

test('tasks find the memory that was shared last, by threads that start, are there, or were ended', async () => {
  const total = 300;
  for (let round = 0; round < 40; round++) {
    if (round % 10 === 9) crew.close();
    if (round % 4 === 1) await new Promise((resolve) => setTimeout(resolve, 40));
    const memory = new SharedArrayBuffer(4 * total);
    const id = crew.share(memory);
    expect(crew.share(memory)).toBe(id);
    for (let step = 1; step <= 5; step++) {
      crew.run(3, total, [round + 1, id]);
      expect(new Int32Array(memory).every((count) => count === step * (round + 1))).toBe(true);
    }
  }
});

test('a thread that dies with its task is an error, not a wait without an end', async () => {
  // The worker must come to take a task: this thread takes its time with its own.
  const slow = new Crew(
    new URL('crew-worker.js', import.meta.url),
    1,
    shared,
    () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5),
    200,
  );
  expect(() => {
    for (let step = 0; step < 1000; step++) slow.run(2, 100, [1]);
  }).toThrow(/a thread died while it worked; run again, or with --threads 1/);
});

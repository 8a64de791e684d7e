/**
 * Threads that are started before it is known what they have to do: a thread takes 0.1 s until it can be asked, in which the one that starts it
 * reads a header and compiles kernels.
 */

import { Worker } from 'node:worker_threads';

/** By the file that they run. */
const spare = new Map<string, Worker[]>();

/** Starts threads that run a file, for {@link takeThread}. The process may end before they are taken. */
export function startSpare(file: URL, count: number): void {
  const threads = Array.from({ length: count }, () => {
    const thread = new Worker(file);
    thread.unref();
    // Whoever takes it is told that it has ended.
    thread.on('error', () => {});
    return thread;
  });
  spare.set(file.href, [...(spare.get(file.href) ?? []), ...threads]);
}

/** A thread that runs a file: one that was started before, or a new one. */
export function takeThread(file: URL): Worker {
  const thread = spare.get(file.href)?.pop();
  thread?.ref();
  return thread ?? new Worker(file);
}

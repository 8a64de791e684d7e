/**
 * Bytes of a pipe at the speed of the pipe: read without blocking, straight to where the caller wants them.
 *
 * The event loop would deliver them in chunks of 64 KiB to be copied, at a third of the speed. The pipe is opened anew
 * without blocking, through /proc, so that whoever shares the old descriptor does not find it changed. An empty pipe is
 * asked again after a turn of the event loop, and less and less often while it stays empty, so signals and timers never
 * wait.
 */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { ByteSource } from '../reader.js';
import { inputError } from './errors.js';

/** Turns of the event loop before an empty pipe is left alone for a while. */
const TURNS = 64;
/** Longest rest in milliseconds, reached after some seconds of silence. */
const LONGEST_REST = 20;

/**
 * A source for the pipe behind a descriptor.
 * @param owned - whether to close the descriptor with the source
 * @returns undefined where this system cannot open a pipe anew
 */
export function pipeSource(descriptor: number, name: string, owned: boolean): ByteSource | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/self/fd/${descriptor}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (owned) closeSync(descriptor);
  return {
    name,
    size: undefined,
    streaming: true,
    read: async (into) => {
      for (let tries = 0; ; tries++) {
        const count = readAvailable(fd, name, into);
        if (count !== undefined) return count;
        if (tries < TURNS) await turn();
        else await sleep(Math.min(LONGEST_REST, 1 + (tries - TURNS) / 100));
      }
    },
    close: async () => {
      // Standard input stays open: another matrix may follow on it.
      if (owned) closeSync(fd);
    },
  };
}

/** What the pipe holds, as much as there is room for; 0 at its end, undefined while it is empty. */
function readAvailable(fd: number, name: string, into: Uint8Array): number | undefined {
  let done = 0;
  while (done < into.length) {
    try {
      const count = readSync(fd, into, done, into.length - done, null);
      if (count === 0) return done;
      done += count;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw inputError(name, error);
      return done > 0 ? done : undefined;
    }
  }
  return done;
}

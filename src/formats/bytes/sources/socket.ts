/** Bytes of a socket, as the event loop delivers them. */

import { Socket } from 'node:net';
import type { ByteSource } from '../reader.js';
import { inputError } from './errors.js';

/** A socket, or a pipe that cannot be opened anew: chunks are copied to where the caller wants them. */
export function socketSource(fd: number, name: string, owned: boolean): ByteSource {
  const socket = new Socket({ fd, readable: true, writable: false });
  let chunk: Uint8Array = new Uint8Array(0);
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  socket.on('readable', notify);
  socket.on('end', () => {
    ended = true;
    notify();
  });
  socket.on('error', (error) => {
    failure = error;
    notify();
  });
  socket.on('close', () => {
    ended = true;
    notify();
  });
  return {
    name,
    size: undefined,
    streaming: true,
    read: async (into) => {
      while (chunk.length === 0) {
        if (failure) throw inputError(name, failure);
        const next = socket.read() as Uint8Array | null;
        if (next) chunk = next;
        else if (ended) return 0;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      const count = Math.min(into.length, chunk.length);
      into.set(chunk.subarray(0, count));
      chunk = chunk.subarray(count);
      return count;
    },
    close: async () => {
      // Standard input stays open: another matrix may follow on it.
      if (owned) socket.destroy();
    },
  };
}

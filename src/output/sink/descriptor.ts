/**
 * Sinks on descriptors that are already open. Files and devices are written on the thread pool; pipes, sockets and
 * terminals through the event loop, where a reader that does not read holds back neither a signal nor the exit.
 */

import { close as fsClose, fstatSync, write as fsWrite } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { ByteSink } from '../table.js';
import { outputError } from './errors.js';

const close = promisify(fsClose);

/** A sink with something to let go of. */
export interface ClosingSink extends ByteSink {
  /** Lets go of the descriptor; every byte that was written has left by then. */
  close(): Promise<void>;
}

const STDOUT = 1;
const STDERR = 2;

/**
 * A sink on an open descriptor, whatever it is of.
 * @param name - names the output in messages
 * @param owned - whether to close the descriptor at the end
 */
export function descriptorSink(fd: number, name: string, owned: boolean): ClosingSink {
  const stats = statDescriptor(fd, name);
  // The process's own streams are used where there are any: two on one pipe would each keep it in their own state.
  const standard = fd === STDOUT ? process.stdout : fd === STDERR ? process.stderr : undefined;
  if (stats.isFIFO() || stats.isSocket() || standard?.isTTY) {
    const stream = standard ?? new Socket({ fd, readable: false, writable: true });
    return streamSink(stream, name, owned);
  }
  return {
    write: (bytes) => writeFully(fd, bytes, name),
    close: async () => {
      if (owned) await close(fd);
    },
  };
}

function statDescriptor(fd: number, name: string): ReturnType<typeof fstatSync> {
  try {
    return fstatSync(fd);
  } catch (error) {
    throw outputError(name, error);
  }
}

/** Writes all bytes where the descriptor stands; the system may take them in several parts. */
export async function writeFully(fd: number, bytes: Uint8Array, name: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await writeSome(fd, bytes, done, name);
}

function writeSome(fd: number, bytes: Uint8Array, from: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fsWrite(fd, bytes, from, bytes.length - from, null, (error, count) => {
      if (error) reject(outputError(name, error));
      else resolve(count);
    });
  });
}

/** One write at a time, each awaited until the system has all of it: nothing piles up in the stream. */
function streamSink(stream: Writable, name: string, owned: boolean): ClosingSink {
  // A failure is the event of the stream as well as the answer to the write; it is dealt with there.
  stream.on('error', () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => {
          if (error) reject(outputError(name, stream.errored ?? error));
          else resolve();
        });
      }),
    close: async () => {
      if (owned) stream.destroy();
    },
  };
}

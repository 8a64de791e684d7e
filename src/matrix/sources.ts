/**
 * Where bytes come from: a path, a FIFO, standard input in any of its guises, memory.
 *
 * Regular files are read at explicit offsets and can seek. Pipes and sockets go through the event loop, never through a
 * blocking read on the thread pool: a process cannot exit while such a read waits, so a signal on an idle pipe would hang
 * it. Terminals are refused: nobody types a matrix.
 */

import {
  closeSync,
  constants,
  close as fsClose,
  fstat as fsFstat,
  open as fsOpen,
  read as fsRead,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { dataError, usageError } from '../errors.js';
import { ByteReader, type ByteSource } from './bytes.js';

const open = promisify(fsOpen);
const close = promisify(fsClose);
const fstat = promisify(fsFstat);

const STDIN = 0;

/** Opens a path for reading in order; `-` is standard input. */
export async function openBytes(path: string): Promise<ByteReader> {
  const inherited = path === '-' ? STDIN : inheritedDescriptor(path);
  if (inherited === STDIN) return standardInput();
  if (inherited !== undefined) return new ByteReader(await sourceFromDescriptor(inherited, path, false));
  const fd = await openPath(path);
  return new ByteReader(await sourceFromDescriptor(fd, path, true));
}

let stdin: Promise<ByteReader> | undefined;

/** Standard input, one reader however often it is asked for: several matrices may follow one another on it. */
export function standardInput(): Promise<ByteReader> {
  stdin ??= sourceFromDescriptor(STDIN, 'stdin', false).then((source) => new ByteReader(source));
  return stdin;
}

/** Bytes in memory as a source, handed out at most `chunk` at a time. */
export function memorySource(bytes: Uint8Array, name = 'memory', chunk = bytes.length): ByteSource {
  let offset = 0;
  const copy = (into: Uint8Array, from: number, most: number): number => {
    const part = bytes.subarray(from, from + Math.min(into.length, most));
    into.set(part);
    return part.length;
  };
  return {
    name,
    size: bytes.length,
    streaming: false,
    read: async (into) => {
      const count = copy(into, offset, chunk);
      offset += count;
      return count;
    },
    readAt: async (into, from) => copy(into, from, into.length),
    skip: (length) => {
      const count = Math.min(length, bytes.length - offset);
      offset += count;
      return count;
    },
    close: async () => {},
  };
}

/** `/dev/fd/N` and its kin name a descriptor this process already holds: opening it anew would lose its place. */
function inheritedDescriptor(path: string): number | undefined {
  if (path === '/dev/stdin') return STDIN;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return match ? Number(match[1]) : undefined;
}

/** FIFOs whose opening waits for a writer. */
const waiting = new Set<string>();

async function openPath(path: string): Promise<number> {
  waiting.add(path);
  try {
    return await open(path, constants.O_RDONLY);
  } catch (error) {
    throw inputError(path, error);
  } finally {
    waiting.delete(path);
  }
}

/**
 * Ends the wait of every FIFO that is still being opened, by opening it for writing for a moment: only then can the
 * process exit. For signal handlers.
 */
export function releaseWaitingFifos(): void {
  for (const path of waiting) {
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
      // Nobody waits on it any more, or it is no FIFO.
    }
  }
}

async function sourceFromDescriptor(fd: number, name: string, owned: boolean): Promise<ByteSource> {
  let stats: Stats;
  try {
    stats = await fstat(fd);
  } catch (error) {
    throw inputError(name, error);
  }
  if (stats.isDirectory()) throw dataError(`${name}: is a directory; name the file in it`);
  if (stats.isFile()) return fileSource(fd, name, owned, stats.size);
  if (stats.isFIFO() || stats.isSocket()) return streamSource(fd, name, owned);
  if (isatty(fd)) throw usageError(`${name}: is a terminal; name a file, or redirect or pipe one`);
  return deviceSource(fd, name, owned);
}

/** One read on the thread pool. */
function readDescriptor(fd: number, name: string, into: Uint8Array, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    fsRead(fd, into, 0, into.length, position, (error, count) => {
      if (error) reject(inputError(name, error));
      else resolve(count);
    });
  });
}

function fileSource(fd: number, name: string, owned: boolean, fileSize: number): ByteSource {
  const base = owned ? 0 : descriptorOffset(fd);
  let offset = base;
  return {
    name,
    size: Math.max(0, fileSize - base),
    streaming: false,
    read: async (into) => {
      const count = await readDescriptor(fd, name, into, offset);
      offset += count;
      return count;
    },
    readAt: (into, from) => readDescriptor(fd, name, into, base + from),
    skip: (length) => {
      const count = Math.max(0, Math.min(length, fileSize - offset));
      offset += count;
      return count;
    },
    close: async () => {
      if (owned) await close(fd);
    },
  };
}

/** Where a redirected file stands: `(head -c 80 >/dev/null; levattn …) < FILE` begins at byte 80. */
function descriptorOffset(fd: number): number {
  try {
    const match = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'));
    return match ? Number(match[1]) : 0;
  } catch {
    return 0;
  }
}

/** Character devices such as /dev/null and /dev/zero: in order, and never waiting. */
function deviceSource(fd: number, name: string, owned: boolean): ByteSource {
  return {
    name,
    size: undefined,
    streaming: true,
    read: (into) => readDescriptor(fd, name, into, null),
    close: async () => {
      if (owned) await close(fd);
    },
  };
}

/** A pipe or socket: chunks as the event loop delivers them, copied to where the caller wants them. */
function streamSource(fd: number, name: string, owned: boolean): ByteSource {
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

/** What the operating system's refusals mean to a user. */
function inputError(name: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return dataError(`${name}: no such file; check the path`, error);
    case 'EACCES':
    case 'EPERM':
      return dataError(`${name}: not readable (${code}); check its permissions`, error);
    case 'EISDIR':
      return dataError(`${name}: is a directory; name the file in it`, error);
    case 'EBADF':
      return dataError(`${name}: not open for reading; redirect a file or a pipe to it`, error);
    default:
      return dataError(
        `${name}: cannot be read (${code ?? (error as Error).message}); check the file or device`,
        error,
      );
  }
}

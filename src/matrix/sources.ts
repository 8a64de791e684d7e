/**
 * Where bytes come from: a path, a FIFO, standard input in any of its guises, memory.
 *
 * Regular files are read at explicit offsets and can seek. Pipes and sockets are never waited for in a blocking read: a
 * process cannot exit while one is under way, so a signal on an idle pipe would hang it. Terminals are refused: nobody
 * types a matrix.
 */

import { constants, fstat as fsFstat, open as fsOpen, openSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { usageError } from '../errors.js';
import { ByteReader, type ByteSource } from './bytes.js';
import { undoCompression } from './compression.js';
import { directoryError } from './formats/not-read/directories.js';
import { inputError } from './sources/errors.js';
import { deviceSource, fileSource } from './sources/file.js';
import { pipeSource } from './sources/pipe.js';
import { socketSource } from './sources/socket.js';

const open = promisify(fsOpen);
const fstat = promisify(fsFstat);

const STDIN = 0;

/** Opens a path for reading in order; `-` is standard input. What is compressed is decompressed on the way. */
export async function openBytes(path: string): Promise<ByteReader> {
  const inherited = path === '-' ? STDIN : inheritedDescriptor(path);
  if (inherited === STDIN) return standardInput();
  if (inherited !== undefined)
    return openSource({ ...(await sourceFromDescriptor(inherited, path, false)), staysOpen: true });
  const fd = await openPath(path);
  return openSource({ ...(await sourceFromDescriptor(fd, path, true)), path });
}

const openSource = (source: ByteSource): Promise<ByteReader> => undoCompression(new ByteReader(source));

let stdin: Promise<ByteReader> | undefined;

/** Standard input, one reader however often it is asked for: several matrices may follow one another on it. */
export function standardInput(): Promise<ByteReader> {
  stdin ??= sourceFromDescriptor(STDIN, 'stdin', false).then((source) => openSource({ ...source, staysOpen: true }));
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
 * Ends the wait of every FIFO that is being opened: only then can the process exit. It is given a writer that stays to the end, as the
 * thread that opens it may not have come to that yet. For signal handlers.
 */
export function releaseWaitingFifos(): void {
  for (const path of waiting) {
    try {
      // For reading and writing: this waits for nobody.
      openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
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
  if (stats.isDirectory()) throw directoryError(name);
  if (stats.isFile()) return fileSource(fd, name, owned, stats.size);
  if (stats.isFIFO()) return pipeSource(fd, name, owned) ?? socketSource(fd, name, owned);
  if (stats.isSocket()) return socketSource(fd, name, owned);
  if (isatty(fd)) throw usageError(`${name}: is a terminal; name a file, or redirect or pipe one`);
  return deviceSource(fd, name, owned);
}

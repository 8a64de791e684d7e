/**
 * Where bytes come from: a path, a FIFO, standard input in any of its guises, memory.
 *
 * Regular files are read at explicit offsets and can seek. Pipes and sockets are never waited for in a blocking read: a
 * process cannot exit while one is under way, so a signal on an idle pipe would hang it. Terminals are refused: nobody
 * types a matrix.
 */

import { constants, fstat as fsFstat, open as fsOpen, fstatSync, openSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { usageError } from '../../errors.js';
import { directoryError } from '../not-read/directories.js';
import { undoCompression } from './compression.js';
import { parseInputName, STDIN_NAME } from './naming.js';
import { ByteReader, type ByteSource } from './reader.js';
import { shardIndexIn } from './shard-index.js';
import { inputError } from './sources/errors.js';
import { deviceSource, fileSource } from './sources/file.js';
import { pipeSource } from './sources/pipe.js';
import { socketSource } from './sources/socket.js';
import { statsOf } from './stats.js';

const open = promisify(fsOpen);
const fstat = promisify(fsFstat);

const STDIN = 0;

/**
 * Opens an input by its name (`naming.ts`) for reading in order; `-` is standard input. What is compressed is decompressed on the way.
 *
 * A file gives the same bytes however often it is opened. So does the path of a descriptor that this process was given
 * (`/dev/stdin`, `/dev/fd/N`), if it is of a regular file: from where it stood, unless several inputs are read from it ({@link
 * readInTurn}). `-` is a stream, which is read once, whatever is behind it.
 */
export async function openBytes(name: string): Promise<ByteReader> {
  const { file, tensor, index } = parseInputName(name);
  const descriptor = descriptorOf(file);
  const bytes = descriptor === undefined ? await openFile(file, name) : await openDescriptor(descriptor, name);
  bytes.tensor = tensor;
  bytes.index = index;
  return bytes;
}

async function openFile(named: string, name: string): Promise<ByteReader> {
  const path = shardIndexIn(named) ?? named;
  const fd = await openPath(path);
  return openSource({ ...(await sourceFromDescriptor(fd, name, true)), path });
}

const openSource = (source: ByteSource): Promise<ByteReader> => undoCompression(new ByteReader(source));

/** Descriptors that several inputs follow one another on: standard input, until somebody knows better. */
const inTurn = new Set([STDIN]);

/** The readers of such descriptors, and of pipes. */
const shared = new Map<number, Promise<ByteReader>>();

/**
 * Says which inputs there will be: where several are read from one descriptor, they follow one another on it, and what `-` names is a
 * stream; any other descriptor of a regular file is read from where it stood each time that it is opened. So is one whose inputs are
 * tensors by their names.
 * @param names - of all inputs, each as often as it is one; undefined: that input is not there
 */
export function readInTurn(names: readonly (string | undefined)[]): void {
  const inputs = names.flatMap((name) => (name === undefined ? [] : [parseInputName(name)]));
  inTurn.clear();
  for (const descriptor of new Set(inputs.map(({ file }) => descriptorOf(file)))) {
    if (descriptor === undefined) continue;
    const its = inputs.filter(({ file }) => descriptorOf(file) === descriptor);
    const tensors = isRegular(descriptor) && its.every(({ tensor }) => tensor !== undefined);
    if (its.some(({ file }) => file === STDIN_NAME) || (its.length > 1 && !tensors)) inTurn.add(descriptor);
  }
}

/** Whether an input gives the same bytes each time it is opened; one that is not there is an error that opening it will tell. */
export function canReopen(name: string): boolean {
  const { file } = parseInputName(name);
  const descriptor = descriptorOf(file);
  if (descriptor === undefined) {
    const stats = statsOf(file);
    return stats === undefined || stats.isFile() || stats.isDirectory();
  }
  return !inTurn.has(descriptor) && isRegular(descriptor);
}

/** Whether a name means standard input, whatever it calls it. */
export const isStandardInput = (name: string): boolean => descriptorOf(parseInputName(name).file) === STDIN;

/** What messages call descriptors that stand for something else. */
const called = new Map<number, string>();

/** Has messages call a descriptor by the name of what was copied to it. */
export const callDescriptor = (descriptor: number, name: string): void => void called.set(descriptor, name);

function openDescriptor(descriptor: number, name: string): Promise<ByteReader> {
  const copiedFrom = called.get(descriptor);
  const spelled = descriptor === STDIN ? 'stdin' : (copiedFrom ?? name);
  const open = async (): Promise<ByteReader> =>
    openSource({
      ...(await sourceFromDescriptor(descriptor, spelled, false)),
      copied: copiedFrom !== undefined,
      staysOpen: true,
    });
  // What somebody has looked ahead on a pipe is nowhere else; descriptors but standard input may be other files by then.
  if (!inTurn.has(descriptor) && (descriptor !== STDIN || isRegular(descriptor))) return open();
  let reader = shared.get(descriptor);
  if (!reader) {
    reader = open();
    shared.set(descriptor, reader);
  }
  return reader;
}

function isRegular(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
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

/** The descriptor that a path names and this process already holds: opening it anew would lose its place. */
function descriptorOf(path: string): number | undefined {
  if (path === STDIN_NAME || path === '/dev/stdin') return STDIN;
  const match = /^\/(?:dev|proc\/(?:self|thread-self))\/fd\/(\d+)$/.exec(path);
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
  if (stats.isDirectory()) throw directoryError(parseInputName(name).file);
  const identity = `${stats.dev}:${stats.ino}`;
  if (stats.isFile()) return { ...fileSource(fd, name, owned, stats), identity };
  if (stats.isFIFO()) return pipeSource(fd, name, owned) ?? socketSource(fd, name, owned);
  if (stats.isSocket()) return socketSource(fd, name, owned);
  if (isatty(fd)) throw usageError(`${name}: is a terminal; name a file, or redirect or pipe one`);
  return deviceSource(fd, name, owned);
}

/** Where results go: standard output, or a path, which is a file to replace or a device or pipe to write into. */

import {
  constants,
  open as fsOpen,
  readlink as fsReadlink,
  realpath as fsRealpath,
  stat as fsStat,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { usageError } from '../errors.js';
import { type ClosingSink, descriptorSink } from './sink/descriptor.js';
import { outputError } from './sink/errors.js';
import { replaceFile } from './sink/replacing-file.js';
import type { ByteSink, FileSink } from './table.js';

export { ClosedPipe } from './sink/errors.js';
export { abortOpenSinks } from './sink/replacing-file.js';

const open = promisify(fsOpen);
const readlink = promisify(fsReadlink);
const realpath = promisify(fsRealpath);
const stat = promisify(fsStat);

/**
 * Standard output. Writes resolve when the system has taken the bytes, so that a slow reader holds the work back and
 * nothing is lost when the process exits.
 * @throws LevattnError where the descriptor is not open; its writes throw ClosedPipe where the reader has left
 */
export function stdoutSink(): ByteSink {
  return descriptorSink(STDOUT, 'stdout', false);
}

/**
 * Opens a path for writing. A regular file is replaced on `commit` and keeps its mode; a symbolic link stays, and what
 * it points to is replaced; anything else (a device, a FIFO, `/dev/stdout`) is written to as it is.
 * @throws LevattnError where it cannot be written
 */
export async function openFileSink(path: string): Promise<FileSink> {
  const inherited = inheritedDescriptor(path);
  if (inherited !== undefined) return directSink(descriptorSink(inherited, path, false));
  const existing = await statTarget(path);
  if (existing?.isDirectory()) throw usageError(`${path}: is a directory; name a file in it`);
  if (existing && !existing.isFile()) {
    return directSink(descriptorSink(await openSpecial(path, existing), path, true));
  }
  return replaceFile(await followLinks(path), path, existing);
}

const STDOUT = 1;
const STDERR = 2;

/** `/dev/stdout`, `/dev/fd/N` and their kin name a descriptor this process holds, at the place where it stands. */
function inheritedDescriptor(path: string): number | undefined {
  if (path === '/dev/stdout') return STDOUT;
  if (path === '/dev/stderr') return STDERR;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return match ? Number(match[1]) : undefined;
}

const directSink = (sink: ClosingSink): FileSink => ({
  write: (bytes) => sink.write(bytes),
  commit: () => sink.close(),
  abort: () => sink.close(),
});

async function statTarget(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw outputError(path, error);
  }
}

/** How often to look whether a FIFO has a reader by now. */
const READER_WAIT_MS = 20;

/** A FIFO is not opened in a blocking call, which would keep the process from exiting while it waits for a reader. */
async function openSpecial(path: string, stats: Stats): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_NOCTTY | (stats.isFIFO() ? constants.O_NONBLOCK : 0);
  for (;;) {
    try {
      return await open(path, flags);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!(stats.isFIFO() && code === 'ENXIO')) throw outputError(path, error);
    }
    await delay(READER_WAIT_MS);
  }
}

/** As many links as Linux itself follows. */
const MAX_LINKS = 40;

/** The file that symbolic links at the path lead to, whether or not it exists. */
async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    try {
      target = resolve(await realpath(dirname(target)), link);
    } catch (error) {
      throw outputError(path, error);
    }
  }
  throw usageError(`${path}: its symbolic links lead nowhere; name the file itself`);
}

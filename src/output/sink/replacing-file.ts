/**
 * A file that appears at its path whole or not at all: written under another name in the same folder and renamed.
 *
 * Invariant: every temporary file on disk is in {@link unfinished}, from before the system call that creates it
 * returns until after the one that renames or removes it.
 */

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  fchmodSync,
  fchownSync,
  close as fsClose,
  fsync as fsFsync,
  open as fsOpen,
  rename as fsRename,
  openSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { FileSink } from '../table.js';
import { writeFully } from './descriptor.js';
import { outputError } from './errors.js';

const open = promisify(fsOpen);
const close = promisify(fsClose);
const fsync = promisify(fsFsync);
const rename = promisify(fsRename);

/** What the umask takes from, as for any new file. */
const NEW_FILE_MODE = 0o666;

/** Of the target's name, at most this much stands in the temporary one, which must not grow past 255 bytes. */
const NAME_CHARACTERS = 40;

/** Temporary files that stand on disk. */
const unfinished = new Set<string>();

/** Removes the temporary file of every sink that is still open. Synchronous: for signal handlers and crash exits. */
export function abortOpenSinks(): void {
  for (const path of unfinished) remove(path);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already, or nothing can be done about it.
  }
  unfinished.delete(path);
}

/**
 * Begins to replace or create a regular file.
 * @param target - the file itself, no symbolic link
 * @param name - the path as the user gave it
 * @param existing - what stands at the target now, whose mode and owner are kept
 */
export function replaceFile(target: string, name: string, existing: Stats | undefined): FileSink {
  const prefix = [...basename(target)].slice(0, NAME_CHARACTERS).join('');
  const temporary = join(dirname(target), `.${prefix}.${randomBytes(6).toString('hex')}.tmp`);
  const fd = createTemporary(temporary, target, name, existing);
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const letGo = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await close(fd);
  };
  const abort = async (): Promise<void> => {
    if (!unfinished.has(temporary)) return letGo();
    remove(temporary);
    // A write on its way must not meet the descriptor's number in another's hands.
    await last.catch(() => {});
    await letGo().catch(() => {});
  };
  const orAbort = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      await abort();
      throw error;
    }
  };
  const finish = async (): Promise<void> => {
    try {
      await fsync(fd);
      await letGo();
      if (!unfinished.has(temporary)) throw new Error(`${name}: committed after it was given up`);
      await rename(temporary, target);
    } catch (error) {
      throw isSystemError(error) ? outputError(name, error) : error;
    }
    unfinished.delete(temporary);
    await syncFolder(dirname(target));
  };

  return {
    write: (bytes) => {
      last = writeFully(fd, bytes, name);
      return orAbort(last);
    },
    commit: () => orAbort(finish()),
    abort,
  };
}

const isSystemError = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

/** Synchronous, so that no signal comes between the file's creation and its entry in the list. */
function createTemporary(temporary: string, target: string, name: string, existing: Stats | undefined): number {
  try {
    if (existing) accessSync(target, constants.W_OK);
    const fd = openSync(temporary, 'wx', NEW_FILE_MODE);
    unfinished.add(temporary);
    if (existing) keepOwnerAndMode(fd, existing);
    return fd;
  } catch (error) {
    remove(temporary);
    throw outputError(name, error);
  }
}

function keepOwnerAndMode(fd: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Only root may give files away; the file is then the user's own.
  }
  fchmodSync(fd, mode & 0o777);
}

/** Makes the rename itself last; some file systems cannot sync a folder, and have done what they can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const fd = await open(folder, constants.O_RDONLY);
    await fsync(fd).finally(() => close(fd));
  } catch {
    // The file is in place either way.
  }
}

/** A pipe that must be read more than once: its bytes in a temporary file that has no name, so that nothing is left of it whatever happens. */

import { closeSync, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataError, usageError } from '../errors.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { callDescriptor, canReopen } from '../formats/bytes/sources.js';
import { nameOfInput, openInput } from './open.js';

/** Bytes copied at a time. */
const PIECE_BYTES = 1 << 20;

/** What may be spooled. */
export interface SpoolOptions {
  /** Bytes that the file may have; false where nothing is to be spooled. */
  readonly spool: number | false;
}

/**
 * Names that can be read again, in the place of pipes among some paths.
 * @param why - they are read more than once, as `scores read K twice`
 * @param tell - told in one line of each pipe that is spooled
 * @throws LevattnError where a pipe has more bytes than are allowed, none may be spooled, or the file cannot be written
 */
export async function spooled(
  paths: readonly string[],
  why: string,
  { spool }: SpoolOptions,
  tell: (message: string) => void,
): Promise<string[]> {
  const once = paths.filter((path) => !canReopen(path));
  const twice = once.find((path, at) => once.indexOf(path) < at);
  if (twice !== undefined)
    throw dataError(`${nameOfInput(twice)}: can be read once only, and is named twice; name it once`);
  const names: string[] = [];
  for (const path of paths) {
    if (canReopen(path)) names.push(path);
    else if (spool === false) {
      throw dataError(
        `${nameOfInput(path)}: can be read once only, and ${why}; leave --no-spool out, or give it as a file by its name`,
      );
    } else names.push(await spoolOne(await openInput(path, 'K'), why, spool, tell));
  }
  return names;
}

/** Copies what is left of an input to a file without a name; returns a path that reads it from its beginning, as often as is needed. */
export async function spoolOne(
  bytes: ByteReader,
  why: string,
  most: number,
  tell: (message: string) => void,
): Promise<string> {
  const descriptor = openNameless();
  let at = 0;
  for (;;) {
    const piece = await bytes.peekSome(PIECE_BYTES);
    if (piece.length === 0) break;
    if (at + piece.length > most) {
      closeSync(descriptor);
      throw usageError(
        `${bytes.name}: more than the ${most} bytes that --spool allows in ${tmpdir()}; allow more, or give it as a file by its name`,
      );
    }
    for (let done = 0; done < piece.length; ) done += write(descriptor, piece.subarray(done), at + done);
    at += piece.length;
    bytes.consume(piece.length);
  }
  tell(
    `${bytes.name}: ${why}, so its ${at} bytes are copied to a temporary file in ${tmpdir()} (--no-spool refuses this)`,
  );
  callDescriptor(descriptor, bytes.name);
  return `/dev/fd/${descriptor}`;
}

function openNameless(): number {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'levattn-'));
    const path = join(folder, 'spool');
    const descriptor = openSync(path, 'w+', 0o600);
    unlinkSync(path);
    rmdirSync(folder);
    return descriptor;
  } catch (error) {
    throw cannotWrite(error);
  }
}

function write(descriptor: number, piece: Uint8Array, at: number): number {
  try {
    // At a place of its own, so that the descriptor stays at the beginning.
    return writeSync(descriptor, piece, 0, piece.length, at);
  } catch (error) {
    closeSync(descriptor);
    throw cannotWrite(error);
  }
}

const cannotWrite = (error: unknown): Error =>
  usageError(
    `${tmpdir()}: no temporary file for a pipe that is read twice (${(error as Error).message}); set TMPDIR to another folder, or give a file by its name`,
  );

/** Checkpoints: a line of JSON that says what of, and the float32 numbers behind it. They appear whole or not at all. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { dirname } from 'node:path';

/**
 * @param about - what {@link readCheckpoint} compares, and what else it gives back
 * @param state - float32
 */
export function writeCheckpoint(path, about, state) {
  mkdirSync(dirname(path), { recursive: true });
  const line = Buffer.from(`${JSON.stringify({ ...about, length: state.length, endianness: endianness() })}\n`);
  const numbers = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
  writeFileSync(`${path}.new`, Buffer.concat([line, numbers]));
  renameSync(`${path}.new`, path);
}

/**
 * What was written, if there is such a file and it is of what `expected` says.
 * @returns what it is about, and its `state`
 */
export function readCheckpoint(path, expected) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const end = bytes.indexOf('\n');
  const about = JSON.parse(bytes.toString('utf8', 0, end));
  for (const [name, value] of Object.entries({ ...expected, endianness: endianness() })) {
    if (JSON.stringify(about[name]) !== JSON.stringify(value)) return undefined;
  }
  const numbers = bytes.subarray(end + 1);
  if (numbers.length !== 4 * about.length) return undefined;
  return { ...about, state: new Float32Array(Uint8Array.from(numbers).buffer) };
}

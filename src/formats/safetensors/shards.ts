/** Sharded checkpoints: `*.safetensors.index.json` says which file holds which tensor; the files lie beside it. */

import { dirname, join } from 'node:path';
import { dataError, type LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import { openBytes } from '../bytes/sources.js';
import { RECOGNISE_BYTES, type ReadOptions } from '../format.js';
import { namesByPattern } from '../naming/by-pattern.js';
import { listSome } from '../tensors.js';
import { looksLikeSafetensors, readSafetensorsHeader, type SafeTensor } from './header.js';
import { hasName, repeatedName } from './json.js';

/** An index of a million tensors has 100 MB. */
const MAX_INDEX_BYTES = 1 << 28;
/** What tells an index from other JSON. */
export const WEIGHT_MAP = 'weight_map';
/** Files whose headers are looked at where no tensor is named. */
const MAX_SHARDS = 4096;

/** A tensor of one of the files. */
export interface ShardedTensor extends SafeTensor {
  readonly file: string;
}

/** Whether what comes next is such an index, however long its metadata are; looks as far ahead as the first object reaches. */
export async function isShardIndex(bytes: ByteReader): Promise<boolean> {
  for (let length = RECOGNISE_BYTES; ; length *= 2) {
    const view = await bytes.peek(Math.min(length, MAX_INDEX_BYTES));
    const found = hasName(view, WEIGHT_MAP);
    if (found !== undefined || view.length < length) return found ?? false;
  }
}

/**
 * The tensors of a sharded checkpoint: all of them, or those of the file that holds the one that is named.
 * @throws LevattnError where the index is malformed, a file is missing or contradicts it, or its place is not known
 */
export async function readShardedTensors(bytes: ByteReader, { tensor }: ReadOptions): Promise<ShardedTensor[]> {
  const { path } = bytes.source;
  if (path === undefined) {
    throw dataError(
      `${bytes.name}: an index of safetensors files, which lie beside it; name its path instead of a pipe`,
    );
  }
  const files = await readIndex(bytes);
  if (tensor !== undefined && !files.has(tensor)) {
    throw dataError(
      `${bytes.name}: no tensor ${shownName(tensor)} among the ${files.size} of this index; there are ${listSome(namesByPattern([...files.keys()].map((name) => ({ name }))).map(({ pattern }) => shownName(pattern))) || 'none'}`,
    );
  }
  const wanted = new Set(tensor === undefined ? files.values() : [files.get(tensor)!]);
  if (wanted.size > MAX_SHARDS) {
    throw dataError(`${bytes.name}: an index of ${wanted.size} files; name the tensor with --tensor`);
  }
  const found: ShardedTensor[][] = [];
  for (const file of wanted) found.push(await tensorsOf(join(dirname(path), file)));
  return found.flat();
}

async function tensorsOf(file: string): Promise<ShardedTensor[]> {
  const bytes = await openBytes(file);
  try {
    const head = await bytes.peek(RECOGNISE_BYTES);
    if (head.length > 0 && !looksLikeSafetensors(head)) {
      throw dataError(
        `${file}: is no safetensors file, though an index names it; of PyTorch's files (.bin) name the one that holds the tensor, as ${file}::TENSOR`,
      );
    }
    const { tensors } = await readSafetensorsHeader(bytes);
    return tensors.map((tensor) => ({ ...tensor, file }));
  } finally {
    await bytes.close();
  }
}

/** File by name of the tensor. */
async function readIndex(bytes: ByteReader): Promise<ReadonlyMap<string, string>> {
  const text = await bytes.peek(MAX_INDEX_BYTES);
  if (text.length === MAX_INDEX_BYTES) {
    throw dataError(
      `${bytes.name}: an index of safetensors files of more than ${MAX_INDEX_BYTES >> 20} MiB; name one of the files`,
    );
  }
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw badIndex(bytes.name, 'it is not JSON', error);
  }
  const { weight_map: map } = (index ?? {}) as { readonly weight_map?: unknown };
  if (typeof map !== 'object' || map === null) throw badIndex(bytes.name, 'it has no weight_map');
  const repeated = repeatedName(text, WEIGHT_MAP, Object.keys(map).length);
  if (repeated !== undefined) throw badIndex(bytes.name, `tensor ${shownName(repeated)} comes twice in it`);
  bytes.consume(text.length);
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    // A file elsewhere is none that the writer of the index made.
    if (typeof file !== 'string' || /[/\\\0]/.test(file) || file === '..') {
      throw badIndex(bytes.name, `tensor ${shownName(name)} is in no file beside it`);
    }
    files.set(name, file);
  }
  return files;
}

const badIndex = (name: string, reason: string, cause?: unknown): LevattnError =>
  dataError(`${name}: damaged index of safetensors files: ${reason}; write it again`, cause);

/**
 * Sharded checkpoints: `*.safetensors.index.json` and `*.bin.index.json` say which file holds which tensor; the files, of safetensors
 * or of PyTorch, lie beside it.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataError, type LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import { openBytes } from '../bytes/sources.js';
import { RECOGNISE_BYTES, type ReadOptions } from '../format.js';
import { namesByPattern } from '../naming/by-pattern.js';
import { ptFormat } from '../pt.js';
import { listSome, type NamedTensor } from '../tensors.js';
import { zipFormatOf } from '../zip-format.js';
import { looksLikeSafetensors, readSafetensorsHeader } from './header.js';
import { hasName, repeatedName } from './json.js';

/** An index of a million tensors has 100 MB. */
const MAX_INDEX_BYTES = 1 << 28;
/** What tells an index from other JSON. */
export const WEIGHT_MAP = 'weight_map';
/** Files whose headers are looked at where no tensor is named. */
const MAX_SHARDS = 4096;

/** A tensor of one of the files. */
export interface ShardedTensor extends NamedTensor {
  readonly file: string;
  readonly format: 'safetensors' | 'pt';
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
    throw dataError(`${bytes.name}: an index of files, which lie beside it; name its path instead of a pipe`);
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
  for (const file of wanted) {
    const tensors = await tensorsOf(join(dirname(path), file), bytes.name);
    refuseAbsent(
      tensors,
      [...files].filter(([, of]) => of === file),
      bytes.name,
    );
    // What else is in a file is not of this checkpoint.
    found.push(tensors.filter(({ name }) => files.get(name) === file));
  }
  return found.flat();
}

/** @throws LevattnError where a tensor is not in the file that the index says */
function refuseAbsent(
  tensors: readonly ShardedTensor[],
  listed: readonly (readonly [name: string, file: string])[],
  index: string,
): void {
  const there = new Set(tensors.map(({ name }) => name));
  const [absent] = listed.find(([name]) => !there.has(name)) ?? [];
  if (absent === undefined) return;
  throw dataError(
    `${index}: says that ${shownName(absent)} is in ${listed[0]![1]}, which has no such tensor; copy both anew from where they are whole`,
  );
}

async function tensorsOf(file: string, index: string): Promise<ShardedTensor[]> {
  if (!existsSync(file)) throw dataError(`${file}: no such file, though ${index} names it; copy it there, too`);
  const bytes = await openBytes(file);
  try {
    const head = (await bytes.peek(RECOGNISE_BYTES)).slice();
    if ((await zipFormatOf(bytes)) === ptFormat) {
      return (await ptFormat.listTensors!(bytes)).map((tensor) => ({ ...tensor, file, format: 'pt' }));
    }
    if (head.length > 0 && !looksLikeSafetensors(head)) {
      throw dataError(
        `${file}: is neither safetensors nor a file that torch.save of PyTorch 1.6 or later wrote, though ${index} names it; save it again, or name another index`,
      );
    }
    const { tensors } = await readSafetensorsHeader(bytes);
    return tensors.map((tensor) => ({ ...tensor, file, format: 'safetensors' }));
  } finally {
    await bytes.close();
  }
}

/** File by name of the tensor. */
async function readIndex(bytes: ByteReader): Promise<ReadonlyMap<string, string>> {
  const text = await bytes.peek(MAX_INDEX_BYTES);
  if (text.length === MAX_INDEX_BYTES) {
    throw dataError(`${bytes.name}: an index of more than ${MAX_INDEX_BYTES >> 20} MiB; name one of the files`);
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
  dataError(`${name}: damaged index of files: ${reason}; write it again`, cause);

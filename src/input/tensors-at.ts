/** The arrays in files, folders and what names with placeholders stand for, by their headers. */

import { readdirSync } from 'node:fs';
import { dataError, LevattnError } from '../errors.js';
import { parseInputName, spellInputName } from '../formats/bytes/naming.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { openBytes } from '../formats/bytes/sources.js';
import { statsOf } from '../formats/bytes/stats.js';
import { directoryError } from '../formats/not-read/directories.js';
import { describeNpy } from '../formats/npy/header.js';
import { npyFormat } from '../formats/npy.js';
import { recogniseFormat } from '../formats/open.js';
import type { NamedTensor } from '../formats/tensors.js';
import { rangesOf, shapeOf } from '../rows/index/basic-index.js';
import { matchName } from './named-inputs.js';

/** Files of a folder that are looked at. */
const MOST_FILES = 10_000;

/** Folders within folders that are looked at. */
const MOST_DEPTH = 3;

/** Whether a path is a folder. */
export const isFolder = (path: string): boolean => statsOf(path)?.isDirectory() ?? false;

/**
 * The arrays of all files in a folder, by the names that read them; what is no array is passed over.
 * @throws LevattnError where there are none
 */
export async function tensorsInFolder(folder: string): Promise<readonly NamedTensor[]> {
  const files = filesIn(folder, MOST_DEPTH);
  if (files.length > MOST_FILES) {
    throw dataError(
      `${folder}: holds ${files.length} files, more than the ${MOST_FILES} that are looked at; name some`,
    );
  }
  const found: NamedTensor[] = [];
  for (const file of files) {
    try {
      found.push(...(await tensorsAt(file)));
    } catch (error) {
      if (!(error instanceof LevattnError)) throw error;
    }
  }
  if (found.length === 0) throw directoryError(folder);
  return found;
}

function filesIn(folder: string, depth: number): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder.replace(/\/+$/, '')}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && depth > 0 ? filesIn(path, depth - 1) : [];
  });
}

/** The arrays that a name with placeholders stands for, as what is taken of them. */
export async function tensorsByName(name: string, format?: string): Promise<readonly NamedTensor[]> {
  const found: NamedTensor[] = [];
  for (const match of await matchName(name, format)) found.push(...(await tensorsAt(match.name)));
  return found;
}

/** The arrays at a name: the one that it names, all of a container, or that of an npy file. */
async function tensorsAt(name: string): Promise<readonly NamedTensor[]> {
  const { file, tensor, index } = parseInputName(name);
  const bytes = await openBytes(name);
  try {
    const tensors = await listAt(bytes);
    return tensors
      .filter((one) => tensor === undefined || one.name === tensor)
      .map((one) => ({
        ...one,
        shape: index ? shapeOf(rangesOf(index, one.shape, bytes.name)) : one.shape,
        name: spellInputName({ file, tensor: one.name === '' ? undefined : one.name, index }),
      }));
  } finally {
    await bytes.close();
  }
}

async function listAt(bytes: ByteReader): Promise<readonly NamedTensor[]> {
  const format = await recogniseFormat(bytes);
  if (format.listTensors) return format.listTensors(bytes, bytes.tensor);
  if (format !== npyFormat) return [];
  const { shape, elements } = await describeNpy(bytes);
  return 'type' in elements
    ? [{ name: '', shape, typeName: elements.type.name, element: elements.type }]
    : [{ name: '', shape, typeName: elements.what, element: undefined }];
}

/** The arrays in a zip archive. */

import { dataError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import { kindOfArchive } from '../not-read/archives.js';
import { NPY_MAGIC } from '../npy/header.js';
import type { SeekableFile } from '../seeking.js';
import { listMembers, type ZipAdvice } from '../zip/members.js';

/** The ending of an array's name in the archive. */
export const NPY = '.npy';
/** What macOS puts beside files, and what begins with `._`: their attributes, whatever the ending. */
const BESIDE_FILES = /(^|\/)(__MACOSX\/|\._|\.DS_Store$)/;

const ADVICE: ZipAdvice = {
  damaged: 'save it again with np.savez',
  compressed: 'extract it and name the file, or save it with np.savez_compressed',
  encrypted: 'extract it and name the file: unzip FILE',
  tooMany: 'save one array on its own',
};

/** An array in an archive. */
export interface ArchivedArray {
  /** Its name, without `.npy`. */
  readonly name: string;
  /** Opens its npy bytes. */
  open(): Promise<ByteReader>;
}

/**
 * Lists the arrays of an archive.
 * @param source - names the archive in messages
 * @throws LevattnError where it is damaged
 */
export async function listArrays(file: SeekableFile, source: string): Promise<ArchivedArray[]> {
  const members = await listMembers(file, source, ADVICE);
  const arrays: ArchivedArray[] = [];
  for (const member of members) {
    const name = member.name.endsWith(NPY) ? member.name.slice(0, -NPY.length) : member.name;
    const open = (): Promise<ByteReader> => member.open(`${source}: array ${shownName(name)}`);
    const certain = member.name.endsWith(NPY) && !BESIDE_FILES.test(member.name);
    if (certain || (await beginsAsNpy(open))) arrays.push({ name, open });
  }
  if (arrays.length > 0) return arrays;
  const kind = kindOfArchive(members.map(({ name }) => name));
  throw dataError(`${source}: ${kind.what}, which is not read; ${kind.instead}`);
}

/** Whether a member is an array by its first bytes, as NumPy tells; one that cannot be opened is none. */
async function beginsAsNpy(open: () => Promise<ByteReader>): Promise<boolean> {
  try {
    const bytes = await open();
    const head = await bytes.peek(NPY_MAGIC.length);
    await bytes.close();
    return NPY_MAGIC.every((byte, i) => head[i] === byte);
  } catch {
    return false;
  }
}

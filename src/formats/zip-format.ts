/** Which format a zip archive is in: that of torch.save where it has a data.pkl, else npz. */

import type { ByteReader } from './bytes/reader.js';
import { type MatrixFormat, RECOGNISE_BYTES } from './format.js';
import { NPY } from './npz/archive.js';
import { npzFormat } from './npz.js';
import { PICKLE, TORCH_ADVICE } from './pt/archive.js';
import { ptFormat } from './pt.js';
import { seekable } from './seeking.js';
import { beginsAsZip, firstMember } from './zip/first-member.js';
import { listMembers } from './zip/members.js';

/** The format of the archive that begins at the next byte; undefined where none does. Consumes nothing. */
export async function zipFormatOf(bytes: ByteReader): Promise<MatrixFormat | undefined> {
  // Looking further ahead would change what a view of the reader shows.
  const head = (await bytes.peek(RECOGNISE_BYTES)).slice();
  if (!beginsAsZip(head)) return undefined;
  if (ptFormat.recognise(head)) return ptFormat;
  // Torch's own files begin with data.pkl; those that were zipped again need not.
  return !firstMember(head)?.endsWith(NPY) && (await holdsPickle(bytes)) ? ptFormat : npzFormat;
}

async function holdsPickle(bytes: ByteReader): Promise<boolean> {
  try {
    const members = await listMembers(seekable(bytes, ptFormat.name), bytes.name, TORCH_ADVICE);
    return members.some(({ name }) => PICKLE.test(name));
  } catch {
    // Whoever opens it will say what is wrong.
    return false;
  }
}

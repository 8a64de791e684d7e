/** K, Q and V that a container holds side by side: each must be a tensor of its own. */

import { LevattnError, usageError } from '../errors.js';
import { shownName } from '../formats/arrow/schema.js';
import { parseInputName, spellInputName } from '../formats/bytes/naming.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { openBytes } from '../formats/bytes/sources.js';
import { recogniseFormat } from '../formats/open.js';
import { chooseTensor, listTensors } from '../formats/tensors.js';
import { canReadAgain } from './open.js';
import type { InputOptions } from './options.js';

/** What an input is for, and its name; without one it is not there. */
export type Role = readonly [role: 'K' | 'Q' | 'V', name: string | undefined];

/** The tensor that an input is. */
interface ChosenTensor {
  readonly role: Role[0];
  /** The container, as it was named. */
  readonly file: string;
  readonly tensor: string;
  /** Tells the file that holds it from all others. */
  readonly identity: string;
}

/**
 * Refuses inputs for different roles that are the same tensor of the same file, before anything is read but headers. A file that holds
 * one matrix without a name, such as npy, may be given twice: its user has said so.
 * @throws LevattnError where there are such inputs
 */
export async function refuseSameTensor(roles: readonly Role[], options: InputOptions): Promise<void> {
  const named = roles.flatMap(([role, name]) => (name !== undefined && canReadAgain(name) ? [{ role, name }] : []));
  if (new Set(named.map(({ role }) => role)).size < 2) return;
  const known: ChosenTensor[] = [];
  for (const { role, name } of named) {
    const chosen = await unlessRefused(() => tensorOf(role, name, options));
    if (!chosen) continue;
    const { identity, tensor } = chosen;
    const same = known.find((other) => other.role !== role && other.identity === identity && other.tensor === tensor);
    if (same) throw await sameTensor(same, chosen, options);
    known.push(chosen);
  }
}

async function sameTensor(one: ChosenTensor, two: ChosenTensor, options: InputOptions): Promise<LevattnError> {
  const tensors = await openThen(two.file, async (bytes) =>
    (await recogniseFormat(bytes, options.inputFormat)).listTensors!(bytes),
  );
  const example = spellInputName({ file: two.file, tensor: 'TENSOR' });
  return usageError(
    `${two.file}: ${one.role} and ${two.role} are both its tensor ${shownName(two.tensor)}; name one for each, as ${example}; there are ${listTensors(tensors)}`,
  );
}

/** The tensor of a container that would be read; undefined where the input is none. */
const tensorOf = (role: Role[0], name: string, options: InputOptions): Promise<ChosenTensor | undefined> =>
  openThen(name, async (bytes) => {
    const { listTensors: list } = await recogniseFormat(bytes, options.inputFormat);
    if (!list) return undefined;
    const wanted = bytes.tensor ?? options.tensor;
    const { tensor } = chooseTensor(await list(bytes, wanted), { tensor: wanted }, bytes);
    const identity =
      tensor.file === undefined
        ? bytes.source.identity
        : await openThen(tensor.file, async ({ source }) => source.identity);
    return identity === undefined
      ? undefined
      : { role, file: parseInputName(name).file, tensor: tensor.name, identity };
  });

async function openThen<T>(name: string, use: (bytes: ByteReader) => Promise<T>): Promise<T> {
  const bytes = await openBytes(name);
  try {
    return await use(bytes);
  } finally {
    await bytes.close();
  }
}

/** What cannot be read is told when it is opened to be read. */
async function unlessRefused<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof LevattnError) return undefined;
    throw error;
  }
}

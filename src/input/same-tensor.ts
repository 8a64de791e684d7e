/** K, Q and V that a container holds side by side: each must be a tensor of its own, or a part of its own of one. */

import { LevattnError, usageError } from '../errors.js';
import { shownName } from '../formats/arrow/schema.js';
import { parseInputName, spellInputName } from '../formats/bytes/naming.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { openBytes } from '../formats/bytes/sources.js';
import { recogniseFormat } from '../formats/open.js';
import { chooseTensor, listTensors } from '../formats/tensors.js';
import { rangesOf } from '../rows/index/basic-index.js';
import { isPattern, matchName } from './named-inputs.js';
import { canReadAgain } from './open.js';
import type { InputOptions, InputRole } from './options.js';

/** What an input is for, and its name; without one it is not there. */
export type Role = readonly [role: InputRole, name: string | undefined];

/** The tensor that an input is. */
interface ChosenTensor {
  readonly role: InputRole;
  /** The container, as it was named. */
  readonly file: string;
  readonly tensor: string;
  /** Tells the file that holds it, and what is taken of it, from all others. */
  readonly identity: string;
}

/**
 * Refuses inputs for different roles that are the same tensor of the same file, before anything is read but headers. A file that holds
 * one matrix without a name, such as npy, may be given twice: its user has said so.
 * @throws LevattnError where there are such inputs
 */
export async function refuseSameTensor(roles: readonly Role[], options: InputOptions): Promise<void> {
  const given = roles.flatMap(([role, name]) => (name !== undefined && canReadAgain(name) ? [{ role, name }] : []));
  if (new Set(given.map(({ role }) => role)).size < 2) return;
  const known = new Map<string, ChosenTensor>();
  for (const { role, name } of given) {
    for (const input of await inputsAt(name, options)) {
      const chosen = await unlessRefused(() => tensorOf(role, input, options));
      if (!chosen) continue;
      const same = known.get(chosen.identity);
      if (same && same.role !== role) throw await sameTensor(same, chosen, options);
      known.set(chosen.identity, chosen);
    }
  }
}

/** The inputs that a name stands for. */
async function inputsAt(name: string, { named, inputFormat }: InputOptions): Promise<readonly string[]> {
  if (!isPattern(name)) return [name];
  return (named?.get(name) ?? (await matchName(name, inputFormat))).map((match) => match.name);
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
const tensorOf = (role: InputRole, name: string, options: InputOptions): Promise<ChosenTensor | undefined> =>
  openThen(name, async (bytes) => {
    const { listTensors: list } = await recogniseFormat(bytes, options.inputFormat);
    if (!list) return undefined;
    const wanted = bytes.tensor ?? options.tensor;
    const { tensor } = chooseTensor(await list(bytes, wanted), { tensor: wanted }, bytes);
    const file =
      tensor.file === undefined
        ? bytes.source.identity
        : await openThen(tensor.file, async ({ source }) => source.identity);
    if (file === undefined) return undefined;
    const part = rangesOf(bytes.index ?? WHOLE, tensor.shape, bytes.name).map(({ from, to }) => [from, to]);
    const identity = JSON.stringify([file, tensor.name, part]);
    return { role, file: parseInputName(name).file, tensor: tensor.name, identity };
  });

/** Everything of an array. */
const WHOLE = { text: '[...]', first: [], last: [] };

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

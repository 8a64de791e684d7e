/** The inputs that a name with placeholders stands for: files, tensors, or both, each with its place. */

import { existsSync, readdirSync } from 'node:fs';
import { dataError, type LevattnError } from '../errors.js';
import { type InputName, noTensors, parseInputName, spellInputName } from '../formats/bytes/naming.js';
import { openBytes } from '../formats/bytes/sources.js';
import { alikeFirst, namesByPattern } from '../formats/naming/by-pattern.js';
import { hasPlaceholders, matchesOf, type NamedPlace, type PlacedName, spellNamed } from '../formats/naming/pattern.js';
import { recogniseFormat } from '../formats/open.js';
import { listSome, listTensorsLike, type NamedTensor } from '../formats/tensors.js';

/** The inputs that names with placeholders stand for, by name. */
export type NamedInputs = ReadonlyMap<string, readonly PlacedName[]>;

/** Whether a name stands for inputs of several places: one that exists as it is does not. */
export const isPattern = (name: string): boolean => hasPlaceholders(name) && !existsSync(name);

/**
 * The inputs that names stand for, those without placeholders left out.
 * @param format - of the inputs, where it is named
 * @throws LevattnError as {@link matchName} does
 */
async function nameInputs(names: readonly (string | undefined)[], format?: string): Promise<NamedInputs> {
  const named = new Map<string, readonly PlacedName[]>();
  for (const name of names) {
    if (name !== undefined && isPattern(name) && !named.has(name)) named.set(name, await matchName(name, format));
  }
  return named;
}

/** Options with the inputs that names stand for: each is looked up once, however often it is read. */
export async function withNames<T extends { readonly inputFormat?: string; readonly named?: NamedInputs | undefined }>(
  options: T,
  names: readonly (string | undefined)[],
): Promise<T> {
  const named = await nameInputs(names, options.inputFormat);
  return named.size === 0 ? options : { ...options, named };
}

/**
 * The inputs that a name with placeholders stands for, in the order of their places.
 * @throws LevattnError where there are none, a name may mean several places, or two are at one
 */
export async function matchName(name: string, format?: string): Promise<PlacedName[]> {
  const { tensor, file, ...part } = parseInputName(name);
  const files = filesOf(file);
  const matches =
    tensor !== undefined && hasPlaceholders(tensor)
      ? await tensorsOf({ tensor, file, ...part }, files, format)
      : files.map(({ name: path, place }) => ({ name: spellInputName({ file: path, tensor, ...part }), place }));
  matches.sort((one, other) => compare(one.place, other.place));
  const twice = matches.findIndex(({ place }, i) => i > 0 && compare(place, matches[i - 1]!.place) === 0);
  if (twice > 0) {
    const [one, other] = [matches[twice - 1]!, matches[twice]!];
    throw dataError(`${name}: ${one.name} and ${other.name} are both ${spellNamed(one.place)}; rename one of them`);
  }
  return matches;
}

const compare = (one: NamedPlace, other: NamedPlace): number =>
  (one.layer ?? 0) - (other.layer ?? 0) || (one.batch ?? 0) - (other.batch ?? 0) || (one.head ?? 0) - (other.head ?? 0);

/** The files that a path stands for: itself, where it has no placeholders. */
function filesOf(pattern: string): PlacedName[] {
  if (!isPattern(pattern)) return [{ name: pattern, place: {} }];
  let found: PlacedName[] = [{ name: '', place: {} }];
  for (const [depth, segment] of pattern.split('/').entries()) {
    const within = (folder: string, member: string): string => (depth === 0 ? member : `${folder}/${member}`);
    if (!hasPlaceholders(segment)) {
      found = found.map(({ name, place }) => ({ name: within(name, segment), place }));
      continue;
    }
    const folders = found.map(({ name, place }) => {
      const folder = name === '' ? (depth === 0 ? '.' : '/') : name;
      return { name, place, folder, members: membersOf(folder) };
    });
    found = folders.flatMap(({ name, place, members }) =>
      matchesOf(segment, members, place, name === '' ? '' : `${name}/`).map((match) => ({
        name: within(name, match.name),
        place: match.place,
      })),
    );
    if (found.length === 0) throw noFile(pattern, segment, folders[0]!);
  }
  const there = found.filter(({ name }) => existsSync(name));
  if (there.length > 0) return there;
  throw dataError(`${pattern}: no such file; one of the files that it matches is ${found[0]!.name}`);
}

function membersOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The error for a path that no file matches: it says which files there are. */
function noFile(
  pattern: string,
  segment: string,
  { folder, members }: { readonly folder: string; readonly members: readonly string[] },
): LevattnError {
  if (members.length === 0) {
    const why = existsSync(folder) ? `there is nothing in ${folder}` : `there is no folder ${folder}`;
    return dataError(`${pattern}: no file matches, as ${why}; check the path`);
  }
  const patterns = namesByPattern(members.map((name) => ({ name })));
  const there = alikeFirst(patterns, segment).map(({ pattern: one, members: all }) =>
    all.length === 1 ? one : `${one} (${all.length})`,
  );
  return dataError(`${pattern}: no file matches; in ${folder} there are ${listSome(there)}`);
}

/** The tensors that a name stands for, file by file. */
async function tensorsOf(
  { file: files, tensor, ...part }: InputName & { readonly tensor: string },
  named: readonly PlacedName[],
  format: string | undefined,
): Promise<PlacedName[]> {
  const found: PlacedName[] = [];
  let first: readonly NamedTensor[] | undefined;
  for (const { name: file, place } of named) {
    const tensors = await namedTensorsOf(file, tensor, format);
    first ??= tensors;
    const names = tensors.map(({ name }) => name);
    for (const match of matchesOf(tensor, names, place, `${file}: tensor `)) {
      found.push({ name: spellTensor({ file, tensor: match.name, ...part }), place: match.place });
    }
  }
  if (found.length > 0) return found;
  throw dataError(`${files}: no tensor matches ${tensor}; there are ${listTensorsLike(first ?? [], tensor) || 'none'}`);
}

/** The name of a tensor: one that ends with brackets is told from an index by another index. */
const spellTensor = (name: InputName & { readonly tensor: string }): string =>
  `${spellInputName(name)}${name.index === undefined && name.tensor.endsWith(']') ? '[...]' : ''}`;

/** The tensors of a container. */
async function namedTensorsOf(file: string, tensor: string, format?: string): Promise<readonly NamedTensor[]> {
  const bytes = await openBytes(file);
  try {
    const { listTensors: list, name } = await recogniseFormat(bytes, format);
    if (!list) throw noTensors(file, tensor, name);
    return await list(bytes);
  } finally {
    await bytes.close();
  }
}

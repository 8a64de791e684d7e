/** What an input is, from its header alone: nothing of a matrix's rows is read, so a file of any size answers at once. */

import { type ErrorKind, LevattnError } from '../errors.js';
import { arrowFormat, matrixFromArrow, openArrow, readArrowTable } from '../formats/arrow.js';
import { spellInputName } from '../formats/bytes/naming.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import type { ReadOptions } from '../formats/format.js';
import { openArray, recogniseFormat } from '../formats/open.js';
import { type NamedTensor, tensorPatterns } from '../formats/tensors.js';
import { namedCoordinates } from '../rows/heads/head-index.js';
import { headShape } from '../rows/heads/layout.js';
import { type MaskedRows, maskedIn } from '../rows/masked-rows.js';
import type { HeadAxis, MatrixReader } from '../rows/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { isSketchNext, readSketchFrom } from '../sketch-file/content.js';
import { splitSketches } from '../sketch-file/several.js';
import { reportSketchFile, type SketchFileReport } from '../sketch-file/sketch-report.js';
import { headSetsFromTable, holdsUniversalSets } from '../universal-set/heads-table.js';
import { commandFor, type GuessedRoles, guessRoles } from './guess-roles.js';
import { isFolder, tensorsByName, tensorsInFolder } from './tensors-at.js';

/** One of a file's named tensors. */
export interface TensorReport {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

/** Tensors whose names differ in numbers alone. */
export interface PatternReport {
  /** With `{layer}`, `{batch}` or `{head}` where they differ. */
  readonly pattern: string;
  readonly count: number;
  readonly type: string;
  /** Such as `(8, 4096, 128)`; `(8, 128-4096, 128)` where lengths differ. */
  readonly shape: string;
}

/** The matrix that would be read. */
export interface MatrixReport {
  /** Rows, of each matrix where there are heads; null where only the end of the input says. */
  readonly n: number | null;
  readonly d: number;
  /** Where there are several matrices: what tells them apart, and how many there are along each axis; else null. */
  readonly heads: {
    readonly axes: readonly HeadAxis[];
    /** Left out where there is no such axis. */
    readonly layers?: number;
    readonly batch: number;
    readonly heads: number;
  } | null;
  /** The element type that rows arrive as. */
  readonly dtype: string;
  readonly description: string;
  /** Columns or tensors that could be read instead. */
  readonly leftOut: readonly string[];
}

/** A universal set. */
export interface UniversalSetReport {
  /** Which head of which example in which layer it is of, where there are any. */
  readonly layer?: number;
  readonly head?: number;
  readonly batch?: number;
  readonly n: number;
  readonly d: number;
  readonly rank: number;
  readonly f: string;
  readonly eps: number;
  /** Keys in U. */
  readonly size: number;
  readonly route: string;
  readonly delta: number;
  readonly skipped: number;
  readonly unresolved: number;
  /** Rows of K that a mask says are padding, and the masks; left out where K was read without one. */
  readonly padding?: number;
  readonly masks?: readonly MaskedRows[];
}

/** What an input is. */
export interface InputReport {
  readonly name: string;
  readonly format: string;
  readonly compression: 'gzip' | 'zstd' | null;
  /** Bytes of the input; null of a pipe, and of what is compressed. */
  readonly bytes: number | null;
  readonly matrix: MatrixReport | null;
  /** Why there is no matrix; null where there is one. */
  readonly problem: string | null;
  /** What kind of error that is. */
  readonly problemKind: ErrorKind | null;
  /** Of containers, folders and names with placeholders: every tensor; else null. */
  readonly tensors: readonly TensorReport[] | null;
  /** The same by pattern. */
  readonly patterns: readonly PatternReport[] | null;
  /** What they may be for, by their names: a guess, which nothing uses. */
  readonly roles: GuessedRoles | null;
  /** The command that would use them so, as words. */
  readonly suggestion: readonly string[] | null;
  /** Of a single matrix. */
  readonly universalSet: UniversalSetReport | null;
  /** Of several heads. */
  readonly universalSets: readonly UniversalSetReport[] | null;
  readonly sketch: SketchFileReport | null;
  /** Of several heads; left out else. */
  readonly sketches?: readonly PlacedSketchReport[];
}

/** A sketch among several. */
export interface PlacedSketchReport extends SketchFileReport {
  readonly layer?: number;
  readonly batch?: number;
  readonly head?: number;
}

/**
 * Describes an input.
 * @param reopen - opens it once more from its beginning; where it cannot, tensors are listed and none is chosen
 * @throws LevattnError where it is of no known format
 */
export async function inspectInput(
  bytes: ByteReader,
  reopen: (() => Promise<ByteReader>) | undefined,
  options: ReadOptions = {},
  name?: string,
): Promise<InputReport> {
  const report = (format: string, finding: Finding, tensors?: readonly NamedTensor[]): InputReport => ({
    ...EMPTY,
    name: bytes.name,
    format,
    compression: bytes.source.compression ?? null,
    bytes: bytes.size ?? null,
    ...(tensors && reportTensors(tensors, (tensor) => spellInputName({ file: bytes.source.path ?? '-', tensor }))),
    ...finding,
  });
  if (name === undefined && (await isSketchNext(bytes))) {
    return report('sketch', await findingOf(() => describeSketch(bytes)));
  }
  const format = await recogniseFormat(bytes, name);
  const describe = async (input: ByteReader): Promise<Finding> => {
    try {
      return format === arrowFormat
        ? await describeArrow(input, options)
        : { matrix: reportMatrix(await openArray(input, options, name), options) };
    } finally {
      await input.close();
    }
  };
  if (!format.listTensors) return report(format.name, await findingOf(() => describe(bytes)));
  const tensors = await format.listTensors(bytes);
  return report(format.name, reopen ? await findingOf(async () => describe(await reopen())) : {}, tensors);
}

/** A report that says nothing. */
const EMPTY: Omit<InputReport, 'name' | 'format'> = {
  compression: null,
  bytes: null,
  matrix: null,
  problem: null,
  problemKind: null,
  tensors: null,
  patterns: null,
  roles: null,
  suggestion: null,
  universalSet: null,
  universalSets: null,
  sketch: null,
};

/**
 * Describes what a name with placeholders stands for, or the arrays in a folder.
 * @throws LevattnError where it stands for nothing, or there are no arrays in the folder
 */
export async function inspectArrays(name: string, format?: string): Promise<InputReport> {
  const folder = isFolder(name);
  const tensors = folder ? await tensorsInFolder(name) : await tensorsByName(name, format);
  return { ...EMPTY, name, format: folder ? 'folder' : 'pattern', ...reportTensors(tensors, (tensor) => tensor) };
}

/** @param nameOf - the name that reads a tensor */
function reportTensors(
  tensors: readonly NamedTensor[],
  nameOf: (tensor: string) => string,
): Pick<InputReport, 'tensors' | 'patterns' | 'roles' | 'suggestion'> {
  const patterns = tensorPatterns(tensors);
  const roles = guessRoles(patterns);
  return {
    tensors: tensors.map(({ name, typeName, shape }) => ({ name, type: typeName, shape })),
    patterns: patterns.map(({ pattern, members, shape }) => ({
      pattern,
      count: members.length,
      type: members[0]!.typeName,
      shape,
    })),
    roles: roles ?? null,
    suggestion: roles ? commandFor(roles, patterns, nameOf) : null,
  };
}

/** What can be read, or why nothing can. */
type Finding = Partial<
  Pick<InputReport, 'matrix' | 'problem' | 'problemKind' | 'universalSet' | 'universalSets' | 'sketch' | 'sketches'>
>;

async function findingOf(describe: () => Promise<Finding>): Promise<Finding> {
  try {
    return await describe();
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { problem: error.message, problemKind: error.kind };
  }
}

async function describeSketch(bytes: ByteReader): Promise<Finding> {
  const { shape, sketches } = splitSketches(await readSketchFrom(bytes), bytes.name);
  const reports = sketches.map(({ place, content }) => ({
    ...namedCoordinates(shape, place),
    ...reportSketchFile(content, bytes.name),
  }));
  return shape.axes.length === 0 ? { sketch: reports[0]! } : { sketches: reports };
}

/** Its schema, which comes first, says whether it is a universal set; only that is read to its end. */
async function describeArrow(bytes: ByteReader, options: ReadOptions): Promise<Finding> {
  const input = await openArrow(bytes);
  if (!holdsUniversalSets(input.schema.metadata)) {
    return { matrix: reportMatrix(await matrixFromArrow(input, options), options) };
  }
  const { shape, sets } = headSetsFromTable(await readArrowTable(input), bytes.name);
  const reports = sets.map(({ place, set }) => ({ ...namedCoordinates(shape, place), ...reportSet(set) }));
  return shape.axes.length === 0 ? { universalSet: reports[0]! } : { universalSets: reports };
}

const reportSet = (set: UniversalSet): UniversalSetReport => {
  const { n, d, rank, f, eps, route, delta, skipped, unresolved, masks } = set;
  const made = { n, d, rank, f, eps, size: set.index.length, route, delta, skipped, unresolved };
  return masks ? { ...made, padding: maskedIn(masks), masks } : made;
};

function reportMatrix(reader: MatrixReader, options: ReadOptions): MatrixReport {
  const { dtype, description, leftOut } = reader;
  const { axes, layers, batch, heads, n, d } = headShape(reader, options);
  const counts = { axes, ...(layers !== undefined && { layers }), batch, heads };
  return { n: n ?? null, d, heads: axes.length === 0 ? null : counts, dtype, description, leftOut };
}

/** What an input is, from its header alone: nothing of a matrix's rows is read, so a file of any size answers at once. */

import { type ErrorKind, LevattnError } from '../errors.js';
import { arrowFormat, matrixFromArrow, openArrow, readArrowTable } from '../formats/arrow.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import type { ReadOptions } from '../formats/format.js';
import { openArray, recogniseFormat } from '../formats/open.js';
import type { NamedTensor } from '../formats/tensors.js';
import { namedCoordinates } from '../rows/heads/head-index.js';
import { headShape } from '../rows/heads/layout.js';
import { type MaskedRows, maskedIn } from '../rows/masked-rows.js';
import type { HeadAxis, MatrixReader } from '../rows/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { isSketchNext, readSketchFrom } from '../sketch-file/content.js';
import { reportSketchFile, type SketchFileReport } from '../sketch-file/sketch-report.js';
import { headSetsFromTable, holdsUniversalSets } from '../universal-set/heads-table.js';

/** One of a file's named tensors. */
export interface TensorReport {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

/** The matrix that would be read. */
export interface MatrixReport {
  /** Rows, of each matrix where there are heads; null where only the end of the input says. */
  readonly n: number | null;
  readonly d: number;
  /** Where there are several matrices: what tells them apart, and how many there are along each axis; else null. */
  readonly heads: { readonly axes: readonly HeadAxis[]; readonly batch: number; readonly heads: number } | null;
  /** The element type that rows arrive as. */
  readonly dtype: string;
  readonly description: string;
  /** Columns or tensors that could be read instead. */
  readonly leftOut: readonly string[];
}

/** A universal set. */
export interface UniversalSetReport {
  /** Which head of which example it is of, where there are heads. */
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
  /** safetensors, npz and pt: everything in the file; else null. */
  readonly tensors: readonly TensorReport[] | null;
  /** Of a single matrix. */
  readonly universalSet: UniversalSetReport | null;
  /** Of several heads. */
  readonly universalSets: readonly UniversalSetReport[] | null;
  readonly sketch: SketchFileReport | null;
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
  const report = (format: string, finding: Finding, tensors: InputReport['tensors'] = null): InputReport => ({
    name: bytes.name,
    format,
    compression: bytes.source.compression ?? null,
    bytes: bytes.size ?? null,
    matrix: null,
    problem: null,
    problemKind: null,
    tensors,
    universalSet: null,
    universalSets: null,
    sketch: null,
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
  const tensors = (await format.listTensors(bytes)).map(reportTensor);
  return report(format.name, reopen ? await findingOf(async () => describe(await reopen())) : {}, tensors);
}

const reportTensor = ({ name, typeName, shape }: NamedTensor): TensorReport => ({ name, type: typeName, shape });

/** What can be read, or why nothing can. */
type Finding = Partial<
  Pick<InputReport, 'matrix' | 'problem' | 'problemKind' | 'universalSet' | 'universalSets' | 'sketch'>
>;

async function findingOf(describe: () => Promise<Finding>): Promise<Finding> {
  try {
    return await describe();
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { problem: error.message, problemKind: error.kind };
  }
}

const describeSketch = async (bytes: ByteReader): Promise<Finding> => ({
  sketch: reportSketchFile(await readSketchFrom(bytes), bytes.name),
});

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
  const { axes, batch, heads, n, d } = headShape(reader, options);
  return { n: n ?? null, d, heads: axes.length === 0 ? null : { axes, batch, heads }, dtype, description, leftOut };
}

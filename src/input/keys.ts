/** Keys as an input: a universal set that was written earlier, a sketch, or K itself, told apart by their first bytes. */

import { dataError, usageError } from '../errors.js';
import { arrowFormat, matrixFromArrow, openArrow, readArrowTable } from '../formats/arrow.js';
import { formatOptions, withMissing, withOnes } from '../formats/asked-rows.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { RECOGNISE_BYTES, type ReadOptions } from '../formats/format.js';
import { openArray } from '../formats/open.js';
import { onlyMatrix } from '../rows/heads/matrices.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { isSketchNext, readSketchFrom, type SketchContent } from '../sketch-file/content.js';
import { onlySketch, type Sketches, sketchFor, splitSketches } from '../sketch-file/several.js';
import { isKeyChoice } from '../universal-set/choice-table.js';
import { type HeadSets, onlySet, setFor } from '../universal-set/head-sets.js';
import { headSetsFromTable, holdsUniversalSets } from '../universal-set/heads-table.js';
import { holdsCoresets } from '../universal-set/softmax-coreset.js';
import type { KeptSets } from './kept-sets.js';

/** What an input of keys turned out to be. */
export type Keys =
  | { readonly kind: 'set'; readonly set: UniversalSet }
  | { readonly kind: 'sketch'; readonly content: SketchContent }
  | { readonly kind: 'matrix'; readonly reader: MatrixReader };

/** The same of all heads, where there are several. */
export type KeysOfHeads =
  | { readonly kind: 'sets'; readonly sets: HeadSets }
  | { readonly kind: 'sketches'; readonly sketches: Sketches }
  | { readonly kind: 'array'; readonly reader: MatrixReader };

/** How a universal set begins in the formats that do not hold its keys. */
const WITHOUT_KEYS = [
  { begin: /^(layer,)?(batch,)?(head,)?index,(id,)?score\n/, format: 'CSV' },
  { begin: /^\{("layer":\d+,)?("batch":\d+,)?("head":\d+,)?"index":/, format: 'NDJSON' },
];

/** Bytes of Arrow in which a universal set says that it is one. */
const DOCUMENT_BYTES = 1 << 16;

/** Whether a sketch or a universal set begins at the reader's next byte, in whatever format; consumes nothing. */
export async function isMadeNext(bytes: ByteReader): Promise<boolean> {
  if (await isSketchNext(bytes)) return true;
  const head = await bytes.peek(RECOGNISE_BYTES);
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64));
  if (WITHOUT_KEYS.some(({ begin }) => begin.test(text))) return true;
  if (!arrowFormat.recognise(head)) return false;
  return Buffer.from(await bytes.peek(DOCUMENT_BYTES)).includes('levattn.universal-set');
}

/**
 * Opens the keys that begin at the reader's next byte; of a universal set, exactly its bytes are consumed; of a sketch, all
 * there are. Of several heads, those of the one that the options choose.
 *
 * @param options - how to read K, where it is one
 * @param format - K's format; recognised where not given
 * @param kept - the sets of a file that is opened for one head after another
 * @throws LevattnError where the input holds neither, or a universal set without its keys, or several heads of which none is chosen
 */
export async function openKeys(
  bytes: ByteReader,
  options: ReadOptions = {},
  format?: string,
  kept?: KeptSets,
): Promise<Keys> {
  const sets = await kept?.of(bytes);
  const keys = sets ? { kind: 'sets' as const, sets } : await openKeysOfHeads(bytes, options, format);
  if (keys.kind === 'sets') kept?.keep(bytes, keys.sets);
  const { target } = options;
  if (keys.kind === 'array') return { kind: 'matrix', reader: onlyMatrix(keys.reader, options) };
  if (keys.kind === 'sketches') {
    const { sketches } = keys;
    const content = target ? sketchFor(sketches, target, bytes.name) : onlySketch(sketches, options, bytes.name);
    return { kind: 'sketch', content };
  }
  const set = target ? setFor(keys.sets, target, bytes.name) : onlySet(keys.sets, options, bytes.name);
  return { kind: 'set', set };
}

/**
 * Opens the keys of all heads.
 * @throws LevattnError as {@link openKeys} does
 */
export async function openKeysOfHeads(
  bytes: ByteReader,
  options: ReadOptions = {},
  format?: string,
): Promise<KeysOfHeads> {
  if (await isSketchNext(bytes)) {
    return { kind: 'sketches', sketches: splitSketches(await readSketchFrom(bytes), bytes.name) };
  }
  const head = await bytes.peek(RECOGNISE_BYTES);
  if (arrowFormat.recognise(head)) {
    const input = await openArrow(bytes);
    if (holdsUniversalSets(input.schema.metadata)) {
      return { kind: 'sets', sets: headSetsFromTable(await readArrowTable(input), bytes.name) };
    }
    if (isKeyChoice(input.schema.metadata)) throw choiceNotSet(bytes.name);
    if (holdsCoresets(input.schema.metadata)) throw coresetNotSet(bytes.name);
    if (format !== undefined && format !== arrowFormat.name) {
      throw usageError(`${bytes.name}: is Arrow, not ${format}; leave --input-format out`);
    }
    return {
      kind: 'array',
      reader: withOnes(withMissing(await matrixFromArrow(input, formatOptions(options)), options), options),
    };
  }
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64));
  const keyless = WITHOUT_KEYS.find(({ begin }) => begin.test(text));
  if (keyless) {
    throw dataError(
      `${bytes.name}: a universal set as ${keyless.format} holds no keys; write it as Arrow (select-keys -o U.arrow), or give K`,
    );
  }
  const reader = await openArray(bytes, options, format);
  if (holdsUniversalSets(reader.metadata)) {
    throw dataError(
      `${bytes.name}: a universal set as ${reader.format} is not read back; write it as Arrow (select-keys -o U.arrow)`,
    );
  }
  return { kind: 'array', reader };
}

const choiceNotSet = (name: string): Error =>
  dataError(
    `${name}: is a choice of keys, not a universal set: keys that a query makes heavy may be missing; make one with levattn select-keys without --by, or attend to these rows with --rows`,
  );

const coresetNotSet = (name: string): Error =>
  dataError(
    `${name}: is a coreset for softmax, not a universal set; give it as a file by its name to levattn attend --keys, or to coverage with --rows NAME=FILE`,
  );

/** The means of K's columns, which stand for values that are not there: from one more reading of K, or from a pilot. */

import { dataError, usageError } from '../errors.js';
import type { ColumnMeans } from '../formats/missing.js';
import { withoutIntercept } from '../rows/intercept.js';
import { rowBlocks } from '../rows/stacked-rows.js';
import { shownColumn } from '../text.js';
import { type KeyOptions, keyMask } from './key-mask.js';
import { isPattern } from './named-inputs.js';
import { SILENT } from './notices.js';
import { expectedOf, openInput, openInputArray, refuseOnce } from './open.js';
import { optionsAt, sourceOf } from './sources.js';

/** How K is read, and what its rows are weighed by. */
interface MeanOptions extends KeyOptions {
  readonly pilot?: string;
  /** How many of its first rows count; all of them where nobody says. */
  readonly pilotRows?: number;
}

/**
 * The options with the means that `--missing mean` asks for; as they are where it does not.
 * @param paths - the files of K
 * @throws LevattnError where K can be read once only and there is no pilot, or a column has no value
 */
export async function withMeans<T extends MeanOptions>(options: T, paths: readonly string[]): Promise<T> {
  if (options.missing !== 'mean') return options;
  const { pilot, pilotRows } = options;
  const files = pilot === undefined ? paths : [pilot];
  if (files.some(isPattern)) throw usageError('--missing mean goes with one matrix; give each as a file of its own');
  if (pilot === undefined) {
    refuseOnce(
      paths,
      '--missing mean takes one more pass, for the means, unless --pilot FILE has rows to take them from',
    );
  }
  // A pilot need not have ids.
  const like = options.like && { ...options.like, numbersToo: true };
  const own = pilot === undefined ? options : { ...options, mask: undefined, idColumn: undefined, like };
  return { ...options, means: await meansOf(files, own, pilotRows) };
}

/**
 * The mean of each column over its values that are there and finite, in rows that are no padding.
 * @param most - rows that are read
 * @throws LevattnError where a column has no value
 */
export async function meansOf(
  paths: readonly string[],
  options: KeyOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<ColumnMeans> {
  const mask = await keyMask(options);
  let like = withoutIntercept(options.like);
  let sums = new Float64Array(0);
  let counts = new Float64Array(0);
  let start = 0;
  for (const path of paths) {
    if (start >= most) break;
    const { name, place } = await sourceOf(path, options);
    const own = {
      ...optionsAt(options, place),
      missing: undefined,
      nan: 'skip' as const,
      intercept: false,
      like,
    };
    const reader = await openInputArray(await openInput(name, 'K'), own, SILENT);
    const { d } = reader;
    like ??= expectedOf(reader);
    if (sums.length === 0) [sums, counts] = [new Float64Array(d), new Float64Array(d)];
    if (sums.length !== d) {
      throw dataError(
        `${reader.name}: ${d} columns where ${paths[0]} has ${sums.length}; files that are one matrix must agree`,
      );
    }
    for await (const block of rowBlocks(reader, start)) {
      for (let i = 0; i < block.rows && block.start + i < most; i++) {
        if (mask?.[block.start + i] === 0) continue;
        for (let j = 0; j < d; j++) {
          const value = block.values[i * d + j]!;
          if (!Number.isFinite(value)) continue;
          sums[j]! += value;
          counts[j]!++;
        }
      }
      start = block.start + block.rows;
      if (start >= most) break;
    }
    await reader.close();
  }
  const of = paths.length === 1 ? paths[0]! : `${paths[0]} and those that follow it`;
  if (start === 0) throw dataError(`${of}: no rows, and so no means; check the file, or leave out --missing mean`);
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    const label = like ? shownColumn(like.names[empty]!) : `${empty}`;
    throw dataError(`${of}: column ${label} has no value, and so no mean; leave it out with --columns`);
  }
  return { values: [...sums.map((sum, j) => sum / counts[j]!)], names: like?.names, units: like?.units, of };
}

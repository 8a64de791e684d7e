/**
 * Which rows of a whole a sketch has taken in: ranges of its rows, or whole shards of a job whose lengths are not known beforehand.
 *
 * Where rows are counted by shards, a sketch numbers the rows of the shards that it has, one after another; all of them together
 * are the rows of the whole.
 */

/** Ranges of global row indices, or shards i of `of`, 1 <= i <= of, with their rows; ascending, without overlap. */
export type RowCoverage =
  | { readonly kind: 'rows'; readonly ranges: readonly (readonly [start: number, end: number])[] }
  | {
      readonly kind: 'shards';
      readonly of: number;
      readonly shards: readonly (readonly [shard: number, rows: number])[];
    };

/** The rows of both, or what keeps them from being merged, and what to do about it. */
export function mergeCoverage(one: RowCoverage, two: RowCoverage): RowCoverage | { readonly conflict: string } {
  if (one.kind === 'rows' && two.kind === 'rows') return mergeRanges(one.ranges, two.ranges);
  if (one.kind !== 'shards' || two.kind !== 'shards') {
    return {
      conflict:
        'one covers rows by their index, the other shards of a job; make all with --row-offset, or all with --shard',
    };
  }
  if (one.of !== two.of)
    return { conflict: `one is of a job of ${one.of} shards, the other of ${two.of}; make all for one job` };
  const known = new Set(one.shards.map(([shard]) => shard));
  const both = two.shards.map(([shard]) => shard).filter((shard) => known.has(shard));
  if (both.length > 0) return { conflict: `both cover ${spellShards(both)}; give each once` };
  return { kind: 'shards', of: one.of, shards: [...one.shards, ...two.shards].sort(([i], [j]) => i - j) };
}

function mergeRanges(
  one: readonly (readonly [number, number])[],
  two: readonly (readonly [number, number])[],
): RowCoverage | { readonly conflict: string } {
  const merged: [number, number][] = [];
  for (const [start, end] of [...one, ...two].sort(([i], [j]) => i - j)) {
    const last = merged.at(-1);
    if (last && start < last[1])
      return { conflict: `both cover ${spellRows(start, Math.min(end, last[1]))}; give each row once` };
    if (last && start === last[1]) last[1] = end;
    else merged.push([start, end]);
  }
  return { kind: 'rows', ranges: merged };
}

/** What is missing of the whole, as far as one can tell: the rows before and between ranges, shards; undefined where nothing is. */
export function missingFrom(coverage: RowCoverage): string | undefined {
  if (coverage.kind === 'shards') {
    const known = new Set(coverage.shards.map(([shard]) => shard));
    const missing = Array.from({ length: coverage.of }, (_, i) => i + 1).filter((shard) => !known.has(shard));
    return missing.length > 0 ? `${spellShards(missing)} of ${coverage.of}` : undefined;
  }
  const gaps: string[] = [];
  let next = 0;
  for (const [start, end] of coverage.ranges) {
    if (start > next) gaps.push(spellRows(next, start));
    next = end;
  }
  return gaps.length > 0 ? gaps.join(', ') : undefined;
}

/** The index after the last row. */
export const endOf = (coverage: RowCoverage): number =>
  coverage.kind === 'rows'
    ? (coverage.ranges.at(-1)?.[1] ?? 0)
    : coverage.shards.reduce((sum, [, rows]) => sum + rows, 0);

/**
 * Where rows are counted by shards: the index that a row has among the shards of `all`, of the one it has among those of `some`,
 * which are among them. Else the index itself.
 */
export function renumbering(some: RowCoverage, all: RowCoverage): (index: number) => number {
  if (some.kind !== 'shards' || all.kind !== 'shards') return (index) => index;
  const starts = new Map<number, number>();
  let next = 0;
  for (const [shard, rows] of all.shards) {
    starts.set(shard, next);
    next += rows;
  }
  const parts: { readonly from: number; readonly to: number }[] = [];
  let from = 0;
  for (const [shard, rows] of some.shards) {
    parts.push({ from, to: starts.get(shard)! });
    from += rows;
  }
  return (index) => {
    const part = parts.findLast((candidate) => candidate.from <= index)!;
    return part.to + index - part.from;
  };
}

/** Which rows they are, in words. */
export const spellCoverage = (coverage: RowCoverage): string =>
  coverage.kind === 'rows'
    ? coverage.ranges.map(([start, end]) => spellRows(start, end)).join(', ')
    : `${spellShards(coverage.shards.map(([shard]) => shard))} of ${coverage.of}`;

const spellRows = (start: number, end: number): string =>
  end - start === 1 ? `row ${start}` : `rows ${start}-${end - 1}`;

/** Whole numbers in ascending order, runs of them shortened: 2,7-9. */
export function spellNumbers(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

const spellShards = (shards: readonly number[]): string =>
  `${shards.length === 1 ? 'shard' : 'shards'} ${spellNumbers(shards)}`;

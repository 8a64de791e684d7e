/** Lists of array indices as Slurm writes them: `2,7-9`. */

/** Spells indices, ascending and without repeats, ready for `--array=`. */
export function spellIndices(indices: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run && index === run[1] + 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

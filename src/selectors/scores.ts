/** Scores as they come, all of them or the largest. */

/** Scores of consecutive keys; valid until the next ones are asked for. */
export interface ScoredKeys {
  /** Place of the first one. */
  readonly start: number;
  readonly rows: number;
  readonly score: Float64Array;
}

/** Scores in order. */
export type Scores = AsyncIterable<ScoredKeys> | Iterable<ScoredKeys>;

/** All scores. */
export async function collectScores(scores: Scores): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  for await (const { rows, score } of scores) parts.push(score.slice(0, rows));
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

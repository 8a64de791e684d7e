/** sum_j |query_j| weights_j. */
export function weightedSum(query: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) sum += Math.abs(query[j]) * weights[j];
  return sum;
}

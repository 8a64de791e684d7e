/**
 * A quantile between the two nearest of some values, as numpy.quantile has it.
 * @param sorted - ascending, at least one
 * @param share - 0 … 1
 */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}

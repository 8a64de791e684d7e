/** Axes of a tensor whose elements lie anywhere in a storage. */

/** An axis, and how many elements lie from one place along it to the next: 0 where all are one. */
export interface Axis {
  readonly length: number;
  readonly stride: number;
}

/**
 * The axes in C order, without those that change nothing, and those that run on in one another as one; elements come in the same order.
 * None is left of a tensor of one element.
 */
export function joinedAxes(shape: readonly number[], stride: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  for (const [i, length] of shape.entries()) {
    if (length === 1) continue;
    const outer = axes.at(-1);
    if (outer && outer.stride === length * stride[i]!) {
      axes[axes.length - 1] = { length: outer.length * length, stride: stride[i]! };
    } else axes.push({ length, stride: stride[i]! });
  }
  return axes;
}

/** Elements from the first of them to the last, both included, of axes none of which is empty. */
export const spanOf = (axes: readonly Axis[]): number =>
  axes.reduce((span, { length, stride }) => span + (length - 1) * stride, 1);

/** Elements of the tensor. */
export const countOf = (axes: readonly Axis[]): number => axes.reduce((count, { length }) => count * length, 1);

/** Whether the elements lie one after another in the order of the tensor. */
export const inOrder = (axes: readonly Axis[]): boolean =>
  axes.length === 0 || (axes.length === 1 && axes[0]!.stride === 1);

/** Gathers elements that lie apart: a block of them at a time, with as few reads as pay, in bounded memory. */

import type { ByteSource } from '../bytes/reader.js';
import { type Axis, countOf, spanOf } from './strides.js';

/** Bytes of a block of elements, and of the part of the file that some of them are picked from at a time. */
const BLOCK_BYTES = 1 << 22;
/** Bytes that are read in vain rather than read apart: what a read of its own would cost. */
const GAP_BYTES = 1 << 15;

/** An axis of a block, and its stride in the block. */
interface BlockAxis extends Axis {
  readonly into: number;
}

/**
 * The elements of a tensor in C order.
 * @param begin - byte of the first element
 * @param axes - not empty, and none of them of length 0
 * @param size - bytes of an element
 */
export function gatherFrom(
  readAt: NonNullable<ByteSource['readAt']>,
  begin: number,
  axes: readonly Axis[],
  size: number,
): Pick<ByteSource, 'read' | 'skip'> {
  // Blocks are runs along one axis, with all of the axes within it: the first of which a place fits.
  const inner = axes.map((_, i) => countOf(axes.slice(i + 1)));
  const along = inner.findIndex((elements) => elements * size <= BLOCK_BYTES);
  const unit = inner[along]!;
  const { length, stride } = axes[along]!;
  const most = Math.min(length, Math.floor(BLOCK_BYTES / (unit * size)));
  const block = new Uint8Array(most * unit * size);
  const part = new Uint8Array(BLOCK_BYTES);
  const units = countOf(axes) / unit;
  /** Units that are done; bytes of the block at hand, and of these, taken. */
  let done = 0;
  let filled = 0;
  let taken = 0;

  const load = async (): Promise<void> => {
    const at = done % length;
    const count = Math.min(most, length - at);
    let offset = at * stride;
    let outer = Math.floor(done / length);
    for (let i = along - 1; i >= 0; i--) {
      offset += (outer % axes[i]!.length) * axes[i]!.stride;
      outer = Math.floor(outer / axes[i]!.length);
    }
    const within = [{ length: count, stride }, ...axes.slice(along + 1)].map(
      (axis, i): BlockAxis => ({ ...axis, into: inner[along + i]! }),
    );
    await fill(within, offset, 0);
    done += count;
    filled = count * unit * size;
    taken = 0;
  };

  /** Puts the elements of a box into the block: from one read, or from those of its halves along its widest stride. */
  const fill = async (box: readonly BlockAxis[], from: number, to: number): Promise<void> => {
    const span = spanOf(box) * size;
    const runs = countOf(box.filter((axis) => axis.stride !== 1));
    if (span <= BLOCK_BYTES && span <= countOf(box) * size + runs * GAP_BYTES) {
      const bytes = part.subarray(0, span);
      if ((await readAt(bytes, begin + from * size)) < span) throw new RangeError('a record ends before its tensor');
      return scatter(bytes, block, box, to, size);
    }
    const widest = box.reduce((best, axis, i) => (axis.stride > box[best]!.stride && axis.length > 1 ? i : best), 0);
    const { length: whole, stride: step, into } = box[widest]!;
    const half = Math.ceil(whole / 2);
    const halved = (count: number): BlockAxis[] =>
      box.map((axis, i) => (i === widest ? { ...axis, length: count } : axis));
    await fill(halved(half), from, to);
    await fill(halved(whole - half), from + half * step, to + half * into);
  };

  return {
    read: async (into) => {
      if (taken === filled) {
        if (done === units) return 0;
        await load();
      }
      const bytes = block.subarray(taken, Math.min(filled, taken + into.length));
      into.set(bytes);
      taken += bytes.length;
      return bytes.length;
    },
    skip: (bytes) => {
      const atHand = Math.min(bytes, filled - taken);
      taken += atHand;
      if (taken < filled) return atHand;
      const whole = Math.min(units - done, Math.floor((bytes - atHand) / (unit * size)));
      done += whole;
      return atHand + whole * unit * size;
    },
  };
}

/** Copies the elements of a box from where they lie to where they belong; of 8 bytes as two halves, as numbers need not keep all bits. */
function scatter(from: Uint8Array, into: Uint8Array, box: readonly BlockAxis[], to: number, size: number): void {
  const halves = size === 8;
  const axes = halves
    ? [
        ...box.map(({ length, stride, into }) => ({ length, stride: 2 * stride, into: 2 * into })),
        { length: 2, stride: 1, into: 1 },
      ]
    : box;
  const View = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Uint32Array }[size]!;
  const viewOf = (bytes: Uint8Array): Uint8Array | Uint16Array | Uint32Array =>
    new View(bytes.buffer as ArrayBuffer, bytes.byteOffset, Math.floor(bytes.length / View.BYTES_PER_ELEMENT));
  const source = viewOf(from);
  const target = viewOf(into);
  const copy = (axis: number, read: number, write: number): void => {
    const { length, stride, into: step } = axes[axis]!;
    if (axis === axes.length - 1) {
      if (stride === 1 && step === 1) target.set(source.subarray(read, read + length), write);
      else for (let i = 0; i < length; i++) target[write + i * step] = source[read + i * stride]!;
    } else for (let i = 0; i < length; i++) copy(axis + 1, read + i * stride, write + i * step);
  };
  copy(0, 0, halves ? 2 * to : to);
}

/**
 * What a sketch and a universal set remember of the mask that K was read with: for each part of K that had one, how many of its rows
 * are padding, and a hash of the mask. It tells whether a mask is the same, and does not give the mask back.
 */

import { createHash } from 'node:crypto';
import { dataError, usageError } from '../errors.js';
import type { Values } from './row-block.js';

/** The mask of consecutive rows of K: of a whole K, or of one part of it. */
export interface MaskedRows {
  /** Global index of the first of the rows. */
  readonly start: number;
  readonly rows: number;
  /** How many of them are padding. */
  readonly masked: number;
  /** SHA-256, as 64 hexadecimal digits, of one byte for each of the rows: 0 for padding, else 1. */
  readonly sha256: string;
}

/** A mask for rows from `start` on: one number each, 0 for padding. */
export interface MaskPart {
  readonly start: number;
  readonly mask: Uint8Array;
}

/** How many of some rows are padding. */
export const countMasked = (mask: Uint8Array | undefined): number =>
  mask?.reduce((count, one) => (one === 0 ? count + 1 : count), 0) ?? 0;

/**
 * Sets padding to zeros.
 * @param values - mask.length x d, row-major; changed in place
 * @returns how many rows are padding
 */
export function clearMasked(values: Values, d: number, mask: Uint8Array): number {
  let cleared = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0) continue;
    values.fill(0, i * d, (i + 1) * d);
    cleared++;
  }
  return cleared;
}

/**
 * What is remembered of a mask.
 * @param start - global index of its first row
 */
export function maskedRows(mask: Uint8Array, start = 0): MaskedRows {
  const ones = mask.map((one) => (one === 0 ? 0 : 1));
  const sha256 = createHash('sha256').update(ones).digest('hex');
  return { start, rows: mask.length, masked: countMasked(mask), sha256 };
}

/** Whether two records are of the same mask of the same rows. */
export const sameMask = (one: MaskedRows | undefined, other: MaskedRows | undefined): boolean =>
  (one?.masked ?? 0) === (other?.masked ?? 0) &&
  (!one?.masked || (one.start === other!.start && one.rows === other!.rows && one.sha256 === other!.sha256));

/** How many rows are padding. */
export const maskedIn = (masks: readonly MaskedRows[] | undefined): number =>
  masks?.reduce((sum, { masked }) => sum + masked, 0) ?? 0;

/**
 * The mask of the first `rows` rows that some parts make; rows without a part count.
 * @returns undefined where no part reaches into these rows
 */
export function joinMasks(parts: readonly MaskPart[], rows: number): Uint8Array | undefined {
  const reaching = parts.filter(({ start }) => start < rows);
  const [only] = reaching;
  if (!only) return undefined;
  if (reaching.length === 1 && only.start === 0 && only.mask.length >= rows) return only.mask.subarray(0, rows);
  const all = new Uint8Array(rows).fill(1);
  for (const { start, mask } of reaching) all.set(mask.subarray(0, rows - start), start);
  return all;
}

/** What was made with masks, or without. */
export interface MadeOfMasked {
  /** Rows of K. */
  readonly n: number;
  readonly masks?: readonly MaskedRows[] | undefined;
  /** Where it lacks rows of K: nothing is known of theirs. */
  readonly missing?: string | undefined;
}

/**
 * Refuses a mask that is not the one that a universal set or a sketch was made with, and none where it was made with one.
 *
 * @param mask - that K is read with; undefined: none
 * @param name - of what was made, in messages
 * @param maskName - of the mask, in messages
 * @throws LevattnError where they are not the same
 */
export function checkMask(
  { n, masks = [], missing }: MadeOfMasked,
  mask: Uint8Array | undefined,
  name: string,
  maskName = 'the mask',
): void {
  const masked = maskedIn(masks);
  if (!mask) {
    if (masked === 0) return;
    throw usageError(
      `${name}: was made with a mask, which says that ${masked} of its ${n} rows are padding; give the same one with --mask`,
    );
  }
  if (mask.length !== n) {
    throw dataError(
      `${maskName}: ${mask.length} entries where ${name} was made from ${n} rows; give the mask that it was made with`,
    );
  }
  const given = countMasked(mask);
  if (masked === 0 && given > 0 && missing === undefined) {
    throw usageError(
      `${name}: was made without --mask, or by a levattn that did not yet note masks, and ${maskName} says that ${given} of its ${n} rows are padding; make it again with --mask, or give K itself`,
    );
  }
  if (isMaskOf(masks, mask, missing !== undefined)) return;
  const how =
    given === masked
      ? `${given} rows of padding as well, but others`
      : `${given} rows of padding where that has ${masked}`;
  throw dataError(`${maskName}: is another mask than the one that ${name} was made with: ${how}; give that one`);
}

/** @param partial - whether nothing is known of rows without a record; else they count */
function isMaskOf(masks: readonly MaskedRows[], mask: Uint8Array, partial: boolean): boolean {
  const same = masks.every((record) => {
    const { start, rows, masked } = record;
    const own = mask.subarray(start, start + rows);
    return masked === 0 ? countMasked(own) === 0 : sameMask(record, maskedRows(own, start));
  });
  if (!same || partial) return same;
  return countMasked(mask) === maskedIn(masks);
}

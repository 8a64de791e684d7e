/** Work space in the memory of kernels, which is never given back: one for all selectors, so that it is used again by the next. */

import type { Kernels } from '../kernels/kernels.js';
import { Places } from '../kernels/places.js';

const ROOMS = new WeakMap<Kernels, Places<string>>();

/**
 * What gives room for `length` numbers under a name, until that name is asked for again: whoever takes some must be done with it before others
 * get their turn, or have names of its own.
 */
export function workRoom(kernels: Kernels): (name: string, length: number) => Float64Array {
  let room = ROOMS.get(kernels);
  if (!room) {
    room = new Places(kernels);
    ROOMS.set(kernels, room);
  }
  const places = room;
  return (name, length) => places.take(name, length);
}

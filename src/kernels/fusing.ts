/**
 * V8's fusing of pairs of 128-bit vectors into 256-bit ones, which an experimental flag turns on for the whole process, and what it asks for.
 *
 * Fused code leaves the upper halves of the vector registers in use, and V8 does not clear them. Until something does, every call
 * into C code that was compiled for SSE is about twenty times slower on that thread: `x ** 1.5` 240 ns instead of 11. So they are cleared after
 * each call of WebAssembly while the flag is on.
 */

import { isAscii } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';

let on = false;

/** Whether this thread has turned fusing on. */
export const isFusing = (): boolean => on;

/**
 * Turns fusing on for all WebAssembly that V8 optimises from now on, in this process: not when a module is compiled, but when a function of it
 * has run for a while. V8 must know the flag, or it complains on stderr.
 */
export function startFusing(): void {
  setFlagsFromString('--experimental-wasm-revectorize');
  on = true;
}

/** Turns it off again; what has been fused stays so. */
export function stopFusing(): void {
  setFlagsFromString('--no-experimental-wasm-revectorize');
}

/** Bytes enough for a look at them to be one that uses, and then clears, the upper halves. */
const LINE = new Uint8Array(64);

/**
 * Clears the upper halves of this thread's vector registers, where it has turned fusing on: Node's own look at 64 bytes is compiled for AVX
 * and ends clean. Takes 0.2 us.
 */
export function clearUpperHalves(): void {
  if (on) isAscii(LINE);
}

/** The functions of an instance, each of which clears the upper halves when it is done. */
export function clearingAfter<T extends object>(functions: T): T {
  const clearing = Object.entries(functions as Record<string, (...given: number[]) => number | undefined>).map(
    ([name, run]) => [
      name,
      (...given: number[]) => {
        const result = run(...given);
        isAscii(LINE);
        return result;
      },
    ],
  );
  return Object.fromEntries(clearing) as T;
}

/**
 * The state of a sketch as data: what a file holds, and what another process goes on from. Whoever has a state to keep says what
 * it is made of; how that is written is the file's affair (`sketch-file/`).
 */

/** A part of a sketch: numbers, words, arrays of numbers, other parts. Numbers may be infinite, and are kept to the last bit. */
export interface State {
  readonly [name: string]: StateValue;
}

/** What a part may consist of. */
export type StateValue =
  | number
  | boolean
  | string
  | undefined
  | Float64Array
  | Float32Array
  | Int32Array
  | State
  | readonly State[];

/** The values of dictionaries, for the columns that hold positions in them. */

/** The values of a dictionary. */
export interface DictionaryValues {
  readonly length: number;
  /** At least `length`; NaN where there is no value. */
  readonly numbers: Float64Array;
  /** A bit for each that has no value; undefined where all have one. */
  readonly nulls: Uint8Array | undefined;
}

/** Dictionaries by their id. */
export interface DictionaryLookup {
  /** The values that have come so far. */
  get(id: bigint): DictionaryValues;
  /** The error for a column that refers to a value which has not come. */
  lacks(id: bigint, column: string, position: number): Error;
}

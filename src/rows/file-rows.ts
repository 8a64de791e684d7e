/**
 * Rows of a block that lie in a file byte for byte as they do in memory: whoever wants them later can read them again, and need not keep a copy.
 */

/** A file that stays open for whoever keeps it, however often the rest of the program closes it. */
export interface LastingFile {
  /** Names it in messages. */
  readonly name: string;
  readonly descriptor: number;
  /** Whether it is as long as when it was opened, and nobody has written to it since. */
  isUnchanged(): boolean;
  /**
   * Keeps it open.
   * @returns what to call, once, when it is not needed any more; undefined where it has been closed
   */
  keep(): (() => void) | undefined;
}

/** Consecutive rows of a block, and where they lie in a file. */
export interface FileRows {
  readonly file: LastingFile;
  /** Where the first row begins in the file, in bytes. */
  readonly position: number;
  /** Where it begins in memory. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Where the rows of a block lie in files, as their readers tell; the files are kept open until that is forgotten. */
export class RowOrigins {
  readonly #parts: { readonly rows: FileRows; readonly letGo: () => void }[] = [];

  /** Notes where rows come from. */
  note(rows: FileRows): void {
    const letGo = rows.file.keep();
    if (letGo) this.#parts.push({ rows, letGo });
  }

  /**
   * Where a piece of memory comes from.
   * @returns the parts in order; undefined where they do not make up all of it
   */
  of({ byteOffset, byteLength }: Pick<FileRows, 'byteOffset' | 'byteLength'>): readonly FileRows[] | undefined {
    let next = byteOffset;
    for (const { rows } of this.#parts) {
      if (rows.byteOffset !== next) return undefined;
      next += rows.byteLength;
    }
    return next === byteOffset + byteLength ? this.#parts.map(({ rows }) => rows) : undefined;
  }

  /** The rows have changed, or are not wanted any more. */
  forget(): void {
    for (const { letGo } of this.#parts.splice(0)) letGo();
  }
}

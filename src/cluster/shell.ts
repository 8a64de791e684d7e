/** Words for a POSIX shell. */

/** A word that the shell takes as it is; quoted only where it must be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Words, separated by blanks. */
export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ');

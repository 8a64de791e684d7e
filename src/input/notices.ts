/** Where an input says what it found: a log of the program, or nowhere. */

/** Takes what is worth knowing of an input. */
export interface Notices {
  /** What may be a mistake. */
  warn(message: string): void;
  /** What was found, in figures and in words. */
  info(facts: object, message: string): void;
}

/** For what has been said already. */
export const SILENT: Notices = { warn: () => {}, info: () => {} };

/** Warnings that were given. */
const given = new WeakMap<Notices, Set<string>>();

/** Gives each warning once, however often an input is opened. */
export function warnOnce(notices: Notices): (message: string) => void {
  const messages = given.get(notices) ?? new Set();
  given.set(notices, messages);
  return (message) => {
    if (!messages.has(message)) notices.warn(message);
    messages.add(message);
  };
}

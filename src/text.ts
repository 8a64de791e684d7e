/** Text and numbers in messages: on one line, and not too long. */

/** The most characters of a field that a message repeats. */
const SHOWN = 20;

/** Text from a file as a message shows it: in quotes, on one line, `most` characters of it. */
export function shownText(text: string, most = SHOWN): string {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length > most ? `${trimmed.slice(0, most)}…` : trimmed);
}

/** The most characters of a name that a message repeats: enough to copy it for `--columns`. */
const SHOWN_NAME = 60;

/** A name as messages show it: in one line, not too long, and in the double quotes that `--columns` needs where it does. */
export function shownColumn(name: string): string {
  const text = JSON.stringify(name.length > SHOWN_NAME ? `${name.slice(0, SHOWN_NAME)}…` : name).slice(1, -1);
  return name !== name.trim() || /[,"]/.test(name) ? `"${text.replaceAll('\\"', '""')}"` : text;
}

/** A list in a message that names at most `most` items. */
export function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}

/** A whole number with commas between thousands. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** A number of things: 1 pivot, 2 pivots. */
export const things = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;

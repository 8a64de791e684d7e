/** Whether bytes look like text with numbers in it, rather than a binary file or some other text format. */

/** Share of the bytes that may be outside ASCII in text that is not UTF-8 (Latin-1 names). */
const FOREIGN_SHARE = 0.1;

const CONTROL = new Uint8Array(256);
CONTROL.fill(1, 0, 0x20);
CONTROL[0x7f] = 1;
for (const byte of [0x09, 0x0a, 0x0d]) CONTROL[byte] = 0;

/** Whether a byte is a control character other than tab and line breaks, as no text has. */
export const hasControlBytes = (head: Uint8Array): boolean => head.some((byte) => CONTROL[byte] === 1);

/**
 * Text without control bytes other than tab and line breaks, UTF-8 or nearly ASCII, that does not begin as JSON, markup
 * or PDF do. It is asked last, so anything with a magic number is known by then.
 */
export function looksLikeText(head: Uint8Array): boolean {
  if (hasControlBytes(head)) return false;
  const text = decode(head);
  if (text === undefined) return head.filter((byte) => byte >= 0x80).length <= FOREIGN_SHARE * head.length;
  return /^\s*[^\s[{<%]/u.test(text);
}

/** The text of UTF-8 bytes, a character that the end cuts off left out; undefined where they are none. */
function decode(head: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}

/** What a zip archive begins with. */

/** `PK`, then the first member, or the end of an archive that has none. */
const MEMBER = [0x50, 0x4b, 0x03, 0x04];
const MAGICS: readonly (readonly number[])[] = [MEMBER, [0x50, 0x4b, 0x05, 0x06]];
/** Where a member's header has the length of its name, and the name. */
const NAME_LENGTH_AT = 26;
const NAME_AT = 30;

const begins = (head: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => head[i] === byte);

/** Whether bytes begin as a zip archive does. */
export const beginsAsZip = (head: Uint8Array): boolean => MAGICS.some((magic) => begins(head, magic));

/** The name of the first member in an archive that begins with these bytes; undefined where they do not say. */
export function firstMember(head: Uint8Array): string | undefined {
  if (!begins(head, MEMBER) || head.length < NAME_AT) return undefined;
  const length = head[NAME_LENGTH_AT]! + 256 * head[NAME_LENGTH_AT + 1]!;
  const name = head.subarray(NAME_AT, NAME_AT + length);
  return name.length === length ? Buffer.from(name).toString() : undefined;
}

/**
 * The keys in the schema's metadata. Readers of every format version find a file's kind and its format where they are now; an
 * entry's value and key stand side by side in the bytes, as strings of FlatBuffers.
 */

export const KIND_KEY = 'levattn.kind';
export const FORMAT_KEY = 'levattn.format';
export const VERSION_KEY = 'levattn.version';
export const CHECKSUM_KEY = 'levattn.checksum';
export const STATE_KEY = 'levattn.state';
export const HEADER_KEY = 'levattn.header';

/** What {@link KIND_KEY} says. */
export const KIND = 'sketch';

/** What an entry looks like in the bytes: its value, then its key. */
export const entryBytes = (key: string, value: string): Buffer => Buffer.concat([flatString(value), flatString(key)]);

/** A string of FlatBuffers: its length, the string, a zero, and more of them up to a multiple of 4 bytes. */
function flatString(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.alloc(4 + 4 * Math.ceil((length + 1) / 4));
  bytes.writeUInt32LE(length);
  bytes.write(text, 4);
  return bytes;
}

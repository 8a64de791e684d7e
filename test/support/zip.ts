/** Makes zip archives of stored members, byte by byte, and by nothing of src. */

import { crc32 } from 'node:zlib';

/** A member, and its bytes. */
export type Member = readonly [name: string, bytes: Uint8Array];

/** An archive of members in this order. */
export function zipOf(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of members) {
    const encoded = Buffer.from(name);
    // Versions, flags, method, time, date; then what is in both headers.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, place, encoded);
    const member = [Buffer.from('PK\x03\x04', 'latin1'), common, encoded, Buffer.from(bytes)];
    parts.push(...member);
    at += member.reduce((length, part) => length + part.length, 0);
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

/** Bytes of files that the thread which works on them reads. */

import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type LateRead, LateReadError, LateReader, LateReads } from '../../src/rows/late-reads.js';
import { temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();

/** A file of the bytes 0 … 199, and two parts of it that go to bytes 10 to 59 and 60 to 99 of a memory. */
function parts(): { readonly memory: SharedArrayBuffer; readonly reads: LateRead[]; readonly descriptor: number } {
  const path = folder.write(
    'bytes',
    Uint8Array.from({ length: 200 }, (_, i) => i),
  );
  const descriptor = openSync(path, 'r');
  const reads = [
    { descriptor, position: 100, byteOffset: 10, byteLength: 50, name: 'K.raw' },
    { descriptor, position: 0, byteOffset: 60, byteLength: 40, name: 'K.raw' },
  ];
  return { memory: new SharedArrayBuffer(120), reads, descriptor };
}

/** What the memory holds when all bytes before `end` have been read. */
const filled = (end: number): number[] =>
  Array.from({ length: 120 }, (_, at) => {
    if (at < 10 || at >= Math.min(end, 100)) return 0;
    return at < 60 ? at + 90 : at - 60;
  });

test('are read as far as they are asked for, each once', () => {
  const { memory, reads, descriptor } = parts();
  const reader = new LateReader(memory, reads);
  for (const end of [5, 11, 37, 37, 60, 75]) {
    reader.upTo(end);
    expect([...new Uint8Array(memory)], `up to ${end}`).toEqual(filled(end));
  }
  reader.upTo();
  // What has been read is not read again: the file may be closed.
  closeSync(descriptor);
  reader.upTo();
  expect([...new Uint8Array(memory)]).toEqual(filled(100));
});

test('a file that has become shorter, and one that is closed, are told by name', () => {
  const { memory, reads, descriptor } = parts();
  const shorter = new LateReader(memory, [{ ...reads[0]!, position: 170 }]);
  shorter.upTo(40);
  expect(() => shorter.upTo(41)).toThrow(LateReadError);
  const late = new LateReads();
  let released = 0;
  late.add({ ...reads[0]!, position: 170 }, () => released++);
  expect(() => late.readNow(memory)).toThrow(/^K\.raw: the file has become shorter while it was read/);
  closeSync(descriptor);
  late.add(reads[0]!, () => released++);
  expect(() => late.readNow(memory)).toThrow(/^K\.raw: cannot be read \(EBADF\)/);
  expect([released, late.reads]).toEqual([2, []]);
});

test('each part is released once, read or not', () => {
  const { memory, reads, descriptor } = parts();
  const late = new LateReads();
  const released: number[] = [];
  for (const [i, read] of reads.entries()) late.add(read, () => released.push(i));
  expect(late.reads).toEqual(reads);
  late.readNow(memory);
  expect([...new Uint8Array(memory)]).toEqual(filled(100));
  late.readNow(memory);
  late.add(reads[0]!, () => released.push(2));
  late.settle();
  expect(released).toEqual([0, 1, 2]);
  closeSync(descriptor);
});

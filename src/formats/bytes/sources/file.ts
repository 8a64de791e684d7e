/** Bytes of regular files and of devices, by way of the thread pool: such reads never wait for anybody. */

import { close as fsClose, read as fsRead, fstatSync, readFileSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { LastingFile } from '../../../rows/file-rows.js';
import type { ByteSource } from '../reader.js';
import { inputError } from './errors.js';

const close = promisify(fsClose);

/** One read on the thread pool. */
function readDescriptor(fd: number, name: string, into: Uint8Array, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    fsRead(fd, into, 0, into.length, position, (error, count) => {
      if (error) reject(inputError(name, error));
      else resolve(count);
    });
  });
}

/** A regular file, read at explicit offsets; it can seek. */
export function fileSource(fd: number, name: string, owned: boolean, stats: Stats): ByteSource {
  const { size: fileSize } = stats;
  const base = owned ? 0 : descriptorOffset(fd);
  let offset = base;
  let open = owned;
  /** Those who keep it open: for reads that they still have to do, or may. */
  let owed = 0;
  let closed = false;
  const release = async (): Promise<void> => {
    // Its number may be another file's by the second time.
    if (!open) return;
    open = false;
    await close(fd);
  };
  const keep = (): (() => void) | undefined => {
    if (!open) return undefined;
    owed++;
    return () => {
      owed--;
      if (closed && owed === 0) void release();
    };
  };
  // A descriptor that is somebody else's may be another file's when they have closed it.
  const lasting: LastingFile | undefined = owned
    ? { name, descriptor: fd, isUnchanged: () => isSame(fstatSync(fd), stats), keep }
    : undefined;
  return {
    name,
    size: Math.max(0, fileSize - base),
    streaming: false,
    read: async (into) => {
      const count = await readDescriptor(fd, name, into, offset);
      offset += count;
      return count;
    },
    place: { descriptor: fd, position: base },
    lasting,
    readAt: (into, from) => readDescriptor(fd, name, into, base + from),
    readLater: ({ byteOffset, byteLength }, late) => {
      if (byteLength > fileSize - offset) return false;
      late.add({ descriptor: fd, position: offset, byteOffset, byteLength, name }, keep() ?? (() => {}));
      offset += byteLength;
      return true;
    },
    skip: (length) => {
      const count = Math.max(0, Math.min(length, fileSize - offset));
      offset += count;
      return count;
    },
    close: async () => {
      closed = true;
      if (owed === 0) await release();
    },
  };
}

/** Whether a file has the content that it had, as far as the file system tells. */
const isSame = (now: Stats, then: Stats): boolean =>
  now.dev === then.dev && now.ino === then.ino && now.size === then.size && now.mtimeMs === then.mtimeMs;

/** Where a redirected file stands: `(head -c 80 >/dev/null; levattn …) < FILE` begins at byte 80. */
function descriptorOffset(fd: number): number {
  try {
    const match = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'));
    return match ? Number(match[1]) : 0;
  } catch {
    return 0;
  }
}

/** Character devices such as /dev/null and /dev/zero: in order, and never waiting. */
export function deviceSource(fd: number, name: string, owned: boolean): ByteSource {
  return {
    name,
    size: undefined,
    streaming: true,
    read: (into) => readDescriptor(fd, name, into, null),
    close: async () => {
      if (owned) await close(fd);
    },
  };
}

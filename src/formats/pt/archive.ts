/** The records in a zip archive of torch.save: `data.pkl`, the elements beside it in `data`, and their byte order. */

import { dataError, type LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import { seekable } from '../seeking.js';
import { listMembers, type ZipAdvice, type ZipMember } from '../zip/members.js';

/** The pickle in the archive's only folder; of one that was zipped again, perhaps in none. */
export const PICKLE = /^(?:[^/]+\/)?data\.pkl$/;
/** What TorchScript has beside it. */
const SCRIPT = /^(?:[^/]+\/)?(?:constants\.pkl$|code\/)/;

/** More is not taken into memory: 40,000 tensors take 5 MB. */
const MAX_PICKLE_BYTES = 1 << 25;
/** A name of a byte order. */
const MAX_ORDER_BYTES = 16;

/** What to do about a damaged or unusual archive of torch.save. */
export const TORCH_ADVICE: ZipAdvice = {
  damaged: 'copy it again, or save it again with torch.save',
  compressed: 'save it again with torch.save, which does not compress',
  encrypted: 'extract it, and zip it without encryption: unzip FILE, then zip -0r',
  tooMany: 'save some of its tensors in a file of their own with torch.save',
};

/** What an archive of torch.save holds. */
export interface TorchArchive {
  readonly pickle: Uint8Array;
  /** Whether elements are big-endian. */
  readonly bigEndian: boolean;
  /** The record of a storage's elements. */
  record(key: string): ZipMember | undefined;
}

/**
 * Reads an archive but for its elements.
 * @throws LevattnError where it is damaged, or none of torch.save
 */
export async function readTorchArchive(bytes: ByteReader): Promise<TorchArchive> {
  const source = bytes.name;
  const members = await listMembers(seekable(bytes, 'pt'), source, TORCH_ADVICE);
  const byName = new Map<string, ZipMember>();
  for (const member of members) {
    if (byName.has(member.name)) throw damaged(source, `several members are called ${shownName(member.name)}`);
    byName.set(member.name, member);
  }
  if (members.some(({ name }) => SCRIPT.test(name))) {
    throw dataError(
      `${source}: a TorchScript archive, which is not read; save its tensors with Python: torch.save(torch.jit.load(FILE).state_dict(), "K.pt")`,
    );
  }
  const [pickle, ...others] = members.filter(({ name }) => PICKLE.test(name));
  if (!pickle || others.length > 0) throw damaged(source, `${pickle ? 'several' : 'no'} members are called data.pkl`);
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  const order = byName.get(`${prefix}byteorder`);
  return {
    pickle: await contentOf(pickle, source, MAX_PICKLE_BYTES),
    bigEndian: order !== undefined && isBig(await contentOf(order, source, MAX_ORDER_BYTES), source),
    record: (key) => byName.get(`${prefix}data/${key}`),
  };
}

function isBig(content: Uint8Array, source: string): boolean {
  const order = Buffer.from(content).toString('latin1').trim();
  if (order === 'big' || order === 'little') return order === 'big';
  throw damaged(source, `its byte order is ${shownName(order)}, neither little nor big`);
}

async function contentOf(member: ZipMember, source: string, most: number): Promise<Uint8Array> {
  const name = `${source}: ${shownName(member.name)}`;
  if (member.size > most) {
    throw dataError(
      `${name} has ${member.size} bytes, more than the ${most} that are read; save some of its tensors in a file of their own with torch.save`,
    );
  }
  const bytes = await member.open(name);
  try {
    const content = new Uint8Array(member.size);
    if ((await bytes.readFully(content)) < content.length || !(await bytes.atEnd())) {
      throw damaged(source, `${shownName(member.name)} has not the ${member.size} bytes that the directory says`);
    }
    return content;
  } finally {
    await bytes.close();
  }
}

const damaged = (source: string, reason: string): LevattnError =>
  dataError(`${source}: ${reason}; ${TORCH_ADVICE.damaged}`);

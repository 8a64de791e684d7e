/** The heads that a page of several holds. */

import type { HeadReport } from '../../src/report/model.js';
import { type PackedHeads, unpackHead } from '../../src/report/packing/heads.js';

/** As they are stored. */
export function packedHeads(page: string): PackedHeads {
  const [, json] = /<script type="application\/json" id="heads-data">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(json!) as PackedHeads;
}

/** As they were measured. */
export function headsOf(page: string): HeadReport[] {
  const { keys, heads } = packedHeads(page);
  return heads.map((head) => unpackHead(head, keys[head.keys]!));
}

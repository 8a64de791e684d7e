/** Q, beside the keys that it is for. */

import type { ExpectedColumns } from '../rows/column-names.js';
import { refuseOtherColumns } from './agreement.js';
import { type FirstFile, Input } from './input.js';
import type { Notices } from './notices.js';
import { withoutIds } from './options.js';
import { type QueryMaskOptions, queryMask } from './query-mask.js';

/** The keys that queries are for. */
export interface KeysBeside {
  /** Rows and columns of K, where they are known. */
  readonly d?: number | undefined;
  readonly rows?: number | undefined;
  /** The columns that Q must have, where those of K have names. */
  readonly like?: ExpectedColumns | undefined;
  /** One number a key, 0 for padding. */
  readonly mask: Uint8Array | undefined;
}

/** The queries at a path, without those that are padding. */
export function queriesInput(
  path: string,
  { d, rows, like, mask }: KeysBeside,
  options: QueryMaskOptions,
  notices: Notices,
  first?: FirstFile,
): Input {
  const own = withoutIds(options);
  return new Input(
    path,
    {
      ...own,
      role: 'Q',
      like,
      rowMask: (reader) => queryMask(reader, path, mask, own),
      check: (reader) => d !== undefined && refuseOtherColumns(reader, { d, rows }),
    },
    notices,
    first,
  );
}

/** The columns of a file, which others that are parts of the same matrix must have. */

import type { ExpectedColumns } from '../rows/column-names.js';
import { SILENT } from './notices.js';
import { expectedOf, openInput, openInputArray } from './open.js';
import { asRole, type InputOptions } from './options.js';
import { sourceOf } from './sources.js';

/**
 * The columns of K that options choose in a file, of which the header is read; undefined where they have no names.
 * @throws LevattnError where the file cannot be read as K, or lacks what the options choose
 */
export async function columnsOf(file: string, options: InputOptions): Promise<ExpectedColumns | undefined> {
  const { name } = await sourceOf(file, options);
  const reader = await openInputArray(await openInput(name, 'K'), asRole(options, 'K'), SILENT);
  await reader.close();
  return expectedOf(reader);
}

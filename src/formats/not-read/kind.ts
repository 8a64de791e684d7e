/** A kind of file that is known and not read. */

import { dataError, type LevattnError } from '../../errors.js';
import type { Sight, Sign } from './signs.js';

/** What a kind is, how it is told, and what to do with a file of it. */
export interface NotRead {
  /** What it is, as in `K.mat: … which is not read`. */
  readonly what: string;
  readonly sign: Sign;
  /** What to do instead; a function where it depends on what is seen. */
  readonly instead: string | ((sight?: Sight) => string);
}

/** The advice on a kind: in general, or on an input. */
export const adviceOn = ({ instead }: NotRead, sight?: Sight): string =>
  typeof instead === 'string' ? instead : instead(sight);

/** The error for an input of a kind. */
export const notRead = (name: string, kind: NotRead, sight?: Sight): LevattnError =>
  dataError(`${name}: ${kind.what}, which is not read; ${adviceOn(kind, sight)}`);

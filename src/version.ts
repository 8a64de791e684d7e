/** The program's version, read off its own package.json. */

import { readFileSync } from 'node:fs';
import { PACKAGE_FILE } from './files.js';

/** Version of this package, as in package.json. */
export const VERSION: string = (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string }).version;

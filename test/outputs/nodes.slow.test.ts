/**
 * The same bytes from every command on every Node, with vectors of 256 bits or without, whatever the number of threads: this Node, and those
 * whose paths LEVATTN_TEST_NODES lists, with colons between them.
 */

import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { HERE, obstacle } from '../../src/kernels/wide.js';
import { COMMANDS } from './commands.js';
import { hashOf } from './record.js';

const others = (process.env.LEVATTN_TEST_NODES ?? '').split(':').filter((path) => path !== '');
const nameOf = (node: string): string => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();

/** What runs a command, beside this Node with 128 bits on one thread, to which it is held. */
const runners = [process.execPath, ...others].flatMap((node) =>
  ['', '1'].flatMap((narrow) =>
    ['--threads 1', '--threads 3'].map((options) => ({
      name: `${nameOf(node)}, ${narrow === '' ? 'default' : '128 bits'}, ${options}`,
      ...{ node, narrow, options },
    })),
  ),
);

// A page names the command that made it.
const computing = Object.entries<string>(COMMANDS).filter(
  ([name, command]) => command.includes('$C') && name !== 'report',
);

const alone = others.length === 0 && obstacle(HERE) !== undefined;

test.skipIf(!alone)(
  'this Node uses 128 bits alone, and LEVATTN_TEST_NODES names no other: nothing to compare',
  () => {},
);

describe.skipIf(alone).each(computing)('%s', (_, command) => {
  const hash = (options: string, node: string, narrow: string): Promise<string> =>
    hashOf(command.replaceAll('$C', options), node, { LEVATTN_WASM_128: narrow });
  let expected: string;
  beforeAll(async () => {
    expected = await hash('--threads 1', process.execPath, '1');
  });
  it.concurrent.each(runners)('$name', async ({ node, narrow, options }) => {
    expect(await hash(options, node, narrow)).toBe(expected);
  });
});

/**
 * The same bytes from every command on every Node, with vectors of 256 bits or without, whatever the number of threads: this Node, and those
 * whose paths LEVATTN_TEST_NODES lists, with colons between them.
 */

import { execFileSync } from 'node:child_process';
import { describe, expect, it, test } from 'vitest';
import { HERE, obstacle } from '../../src/kernels/wide.js';
import { COMMANDS } from './commands.js';
import { hashOf } from './record.js';

const others = (process.env.LEVATTN_TEST_NODES ?? '').split(':').filter((path) => path !== '');
const say = (node: string, ...args: string[]): string => execFileSync(node, args, { encoding: 'utf8' }).trim();

const wide = new URL('../../dist/kernels/wide.js', import.meta.url);
const asked = `import { HERE, obstacle } from '${wide}'; console.log(obstacle({ ...HERE, variable: '' }) === undefined)`;
/** Whether a Node has vectors of 256 bits here; where it has none, to ask for 128 bits changes nothing. */
const fuses = (node: string): boolean => say(node, '--input-type=module', '-e', asked) === 'true';

/** What runs a command: each Node as it is, and with 128 bits where that is another program. */
const runners = [process.execPath, ...others].flatMap((node, place) =>
  (fuses(node) ? ['', '1'] : ['1']).flatMap((narrow, way) =>
    ['--threads 1', '--threads 3']
      // What all are held to, and what outputs.slow.test.ts compares: three threads of this Node as it is.
      .filter((options) => place > 0 || (options === '--threads 1' ? narrow === '' : way > 0))
      .map((options) => ({
        name: `${say(node, '--version')}, ${narrow === '' ? 'default' : '128 bits'}, ${options}`,
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

// All at once: what one command leaves of the cores, the next takes.
describe.skipIf(alone).concurrent.each(computing)('%s', (_, command) => {
  const hash = (options: string, node: string, narrow: string): Promise<string> =>
    hashOf(command.replaceAll('$C', options), node, { LEVATTN_WASM_128: narrow });
  let first: Promise<string> | undefined;
  /** Of this Node with 128 bits on one thread. */
  const expected = (): Promise<string> => {
    first ??= hash('--threads 1', process.execPath, '1');
    return first;
  };
  it.each(runners)('$name', async ({ node, narrow, options }) => {
    const [found, wanted] = await Promise.all([hash(options, node, narrow), expected()]);
    expect(found).toBe(wanted);
  });
});

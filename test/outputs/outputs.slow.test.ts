/** The same bytes from every command, whatever the number of threads. */

import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.js';
import { hashOf } from './record.js';

describe('one thread and three write the same', () => {
  // A page names the command that made it.
  const computing = Object.entries<string>(COMMANDS).filter(
    ([name, command]) => command.includes('$C') && name !== 'report',
  );
  it.each(computing)('%s', async (_, command) => {
    const [one, three] = await Promise.all(
      ['--threads 1', '--threads 3'].map((options) => hashOf(command.replaceAll('$C', options))),
    );
    expect(three).toBe(one);
  });
});

describe('a pipe gives what a file gives', () => {
  it.each([
    ['select-keys $F/demo/K.npy --eps 0.02 --format csv', 'select-keys --eps 0.02 --format csv < $F/demo/K.npy'],
    ['convert $F/demo/K.npy --format csv', 'convert --format csv < <(cat $F/demo/K.npy)'],
    [
      'select-keys $F/heads/K-nhd.npy --layout nhd --eps 0.2 --format csv',
      'select-keys --layout nhd --eps 0.2 --format csv < <(cat $F/heads/K-nhd.npy)',
    ],
  ])('%s', async (file, pipe) => {
    // What they say differs by the input's name.
    const [one, two] = await Promise.all([file, pipe].map((command) => hashOf(`levattn ${command} --quiet`)));
    expect(two).toBe(one);
  });
});

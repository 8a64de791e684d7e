/** Hostile files of torch.save: one line, exit code 65, no file made, bounded work and memory. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ptFilesIn } from '../formats/pt-files.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, sharedData } from '../support/fixtures.js';
import { run } from '../support/program.js';
import { expectRefused } from './refusals.js';

const folder = temporaryFolder();
/** As seconds of a processor, which those of a busy machine are not: twice over, as ulimit counts every thread. */
const SECONDS = 4;

const places = [fixturePath('pt'), join(sharedData('model-dump') ?? '', 'pt')];
const hostile = places.flatMap((place) =>
  ptFilesIn(place)
    .filter(([, { rule }]) => rule === 'refuse')
    .map(([name]) => [join(place, name)]),
);

describe('files to be refused', () => {
  it.each(hostile)('%s', async (path) => {
    const options = { cwd: folder.path, cpuSeconds: SECONDS };
    for (const args of [['inspect'], ['select-keys'], ['convert', '--tensor', 'k', '-o', 'K.csv']]) {
      const outcome = await run([...args, path, '--log-json'], options);
      // Nothing of a tensor's elements is looked at to say what there is.
      if (args[0] === 'inspect' && outcome.code === 0) continue;
      expectRefused({ ...outcome, stdout: args[0] === 'inspect' ? Buffer.alloc(0) : outcome.stdout }, [65]);
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

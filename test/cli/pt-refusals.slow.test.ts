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
/** Of a processor, which those of a busy machine are not; ulimit counts every thread's. */
const SECONDS = 2;

const places = [fixturePath('pt'), join(sharedData('model-dump') ?? '', 'pt')];
const hostile = places.flatMap((place) =>
  ptFilesIn(place)
    .filter(([, { rule }]) => rule === 'refuse')
    .map(([name]) => [join(place, name)]),
);

describe('files to be refused', () => {
  it.each(hostile)('%s', async (path) => {
    const args = ['convert', path, '--tensor', 'k', '-o', 'K.csv', '--log-json'];
    expectRefused(await run(args, { cwd: folder.path, cpuSeconds: SECONDS }), [65]);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

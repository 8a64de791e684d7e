/** What is read ahead is what is read in turn; messages and errors of a matrix come in its turn. */

import { expect, test } from 'vitest';
import { HeadsAhead } from '../../src/cli/terminal/heads-ahead.js';
import { createLogger, type Logger } from '../../src/cli/terminal/log.js';
import { ALONE, type HeadJob } from '../../src/input/head-jobs.js';

const jobs: HeadJob[] = Array.from({ length: 4 }, (_, head) => ({ ...ALONE.jobs[0]!, label: `head ${head}` }));

/** A log that is told what it was told. */
function recording(said: unknown[]): Logger {
  const silent = createLogger({ quiet: true });
  return { ...silent, warn: ((message: string) => said.push(message)) as Logger['warn'] };
}

test.each([true, false])('ahead: %s', async (ahead) => {
  const events: unknown[] = [];
  const reading = new HeadsAhead(
    jobs,
    async ({ label }, log, at) => {
      events.push(`begin ${at}`);
      log.warn(`${label} is read`);
      await Promise.resolve();
      if (at === 3) throw new Error('no');
      return at;
    },
    ahead,
  );
  const log = recording(events);
  for (const job of jobs.slice(0, 3)) {
    const { found, log: own } = await reading.take(job, log);
    expect(found).toBe(jobs.indexOf(job));
    await new Promise((done) => setTimeout(done));
    own.warn(`${job.label} is worked on`);
  }
  await expect(reading.take(jobs[3]!, log)).rejects.toThrow('no');
  const messages = events.filter((event) => !String(event).startsWith('begin'));
  const expected = [0, 1, 2].flatMap((head) => [`head ${head} is read`, `head ${head} is worked on`]);
  expect(messages).toEqual([...expected, 'head 3 is read']);
  expect(events.indexOf('begin 1') < events.indexOf('head 0 is worked on')).toBe(ahead);
});

/** Sketches and U keep what columns count, so that days, seconds and plain numbers are not mixed by whatever comes later. */

import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { errorLine, run } from '../support/program.js';
import { randomFrom } from '../support/random-matrices.js';

const folder = temporaryFolder();
const COLUMNS = ['--columns', 'day,x', '--intercept', '--missing', 'skip'];
const HOLDS = {
  days: 'days since 1970-01-01',
  seconds: 'seconds since 1970-01-01',
  numbers: 'plain numbers',
} as const;
type Kind = keyof typeof HOLDS;
const OTHERS = ['seconds', 'numbers'] as const;
const file = (kind: Kind | 'nothing'): string => folder.at(`${kind}.csv`);

async function succeeds(...words: string[]): Promise<void> {
  const { code, stderr } = await run([...words, '-q']);
  expect(code, stderr).toBe(0);
}

async function refused(...words: string[]): Promise<string> {
  const result = await run([...words, '-q']);
  expect(result.code).toBe(65);
  return errorLine(result);
}

/** What is said where `kind` is read in the place of days. */
const readInPlace = (kind: Kind, of: string): string =>
  `${file(kind)}: column day holds ${HOLDS[kind]} where ${of} has ${HOLDS.days}; write both with the same type`;

const sketch = (name: string): string => folder.at(`${name}.lev`);
const U = folder.at('U.arrow');

beforeAll(async () => {
  const random = randomFrom(5);
  const cells = {
    days: (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10),
    seconds: (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString(),
    numbers: (i: number) => `${19_000 + i}`,
    nothing: () => '',
  };
  for (const [kind, cell] of Object.entries(cells)) {
    const lines = Array.from({ length: 40 }, (_, i) => `${cell(i)},${random() - 0.5}`);
    folder.write(`${kind}.csv`, `day,x\n${lines.join('\n')}\n`);
  }
  await succeeds('sketch', ...COLUMNS, '--sample-size', '10', file('days'), '-o', sketch('whole'));
  await succeeds('select-keys', ...COLUMNS, '--eps', '0.05', file('days'), '-o', U);
  const parts = [
    ['days', 1],
    ['seconds', 2],
    ['numbers', 2],
    ['nothing', 2],
    ['seconds', 3],
  ] as const;
  for (const [kind, i] of parts) {
    const missing = kind === 'nothing' ? ['--missing', 'zero'] : [];
    await succeeds('sketch', '--shard', `${i}/3`, ...COLUMNS, ...missing, file(kind), '-o', sketch(`${kind}-${i}`));
  }
});

describe('merge', () => {
  it.each(OTHERS)('refuses days and %s', async (kind) => {
    const [one, two] = [sketch('days-1'), sketch(`${kind}-2`)];
    for (const [first, second] of [
      [one, two],
      [two, one],
    ] as const) {
      const [a, b] = first === one ? [HOLDS.days, HOLDS[kind]] : [HOLDS[kind], HOLDS.days];
      expect(await refused('merge', first, second, '-o', folder.at('m.lev'))).toContain(
        `${first} and ${second} cannot be merged: column day holds ${a} and ${b}; make both alike`,
      );
    }
  });

  it('of days and a part without a value is of days', async () => {
    const both = sketch('both');
    await succeeds('merge', sketch('nothing-2'), sketch('days-1'), '-o', both);
    expect(await refused('merge', both, sketch('seconds-3'), '-o', folder.at('m.lev'))).toContain(
      `column day holds ${HOLDS.days} and ${HOLDS.seconds}`,
    );
    await succeeds('merge', sketch('nothing-2'), sketch('seconds-3'), '-o', folder.at('m.lev'));
  });
});

describe.each(OTHERS)('%s', (kind) => {
  it('are not appended to days', async () => {
    expect(await refused('sketch', '--append', sketch('whole'), file(kind), '-o', folder.at('a.lev'))).toContain(
      readInPlace(kind, sketch('whole')),
    );
  });

  it('are not scored by what was made of days, nor queries of them', async () => {
    for (const made of [U, sketch('whole')]) {
      expect(await refused('scores', '--sketch', made, file(kind), '-o', folder.at('s.csv'))).toContain(
        readInPlace(kind, made),
      );
      expect(await refused('heavy', '--keys', made, file(kind), '-o', folder.at('e.csv'))).toContain(
        readInPlace(kind, made),
      );
    }
    expect(await refused('verify', '--set', U, '--keys', file(kind))).toContain(readInPlace(kind, U));
  });

  it('are not the rows of a coreset of days', async () => {
    expect(await refused('coreset', sketch('whole'), file(kind), '-o', folder.at('c.csv'))).toContain(
      readInPlace(kind, 'the sketch'),
    );
  });
});

it('days are all of that', async () => {
  await succeeds('sketch', '--append', sketch('whole'), file('days'), '-o', folder.at('a.lev'));
  for (const made of [U, sketch('whole')]) {
    await succeeds('scores', '--sketch', made, file('days'), '-o', folder.at('s.csv'));
    await succeeds('heavy', '--keys', made, file('days'), '-o', folder.at('e.csv'));
  }
  await succeeds('coreset', sketch('whole'), file('days'), '-o', folder.at('c.csv'));
});

describe('a pilot', () => {
  const part = (pilot: Kind, ...words: string[]): string[] => [
    ...['sketch', '--shard', '1/2', ...COLUMNS, '--pilot', file(pilot), ...words],
    ...[file('days'), '-o', folder.at('p.lev')],
  ];

  it('of seconds is not one of days', async () => {
    expect(await refused(...part('seconds', '--missing', 'mean'))).toContain(
      `${file('days')}: column day holds ${HOLDS.days} where ${file('seconds')} has ${HOLDS.seconds}`,
    );
    expect(await refused(...part('seconds', '--f', 'power:1'))).toContain(readInPlace('seconds', file('days')));
  });

  it.each(['days', 'numbers'] as const)('of %s is', async (pilot) => {
    await succeeds(...part(pilot, '--missing', 'mean'));
    await succeeds(...part(pilot, '--f', 'power:1'));
  });
});

it('files of one matrix are held to the first that has a value', async () => {
  const words = [...COLUMNS, '--missing', 'zero'];
  const files = (['nothing', 'days', 'seconds'] as const).map(file);
  expect(await refused('select-keys', ...words, ...files, '-o', folder.at('x.csv'))).toContain(
    readInPlace('seconds', file('days')),
  );
});

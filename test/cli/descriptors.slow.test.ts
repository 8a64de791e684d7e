/** Inputs that are descriptors: a redirected file gives what the file gives, however often a command looks at it; a pipe once. */

import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { float32Array, int64Array, npyOf, npzFrom, safetensorsFrom } from '../support/containers.js';
import { csvFrom, npyFrom, temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { errorLine, shell } from '../support/program.js';

const folder = temporaryFolder();
const { K, Q } = loadCase('gaussian');
const sh = (command: string) => shell(command, { cwd: folder.path });

beforeAll(async () => {
  folder.write('K.npy', npyFrom(K));
  folder.write('Q.npy', npyFrom(Q));
  folder.write('K.csv', csvFrom(K));
  folder.write('K.npz', npzFrom({ k: float32Array(K) }));
  folder.write('KQ.safetensors', safetensorsFrom({ k: float32Array(K), q: float32Array(Q) }));
  folder.write('rows.npy', npyOf(int64Array([1, 5, 9])));
  for (const name of ['K.npy', 'K.npz', 'Q.npy', 'KQ.safetensors']) {
    writeFileSync(folder.at(`behind-${name}`), Buffer.concat([Buffer.alloc(77, 'x'), readFileSync(folder.at(name))]));
  }
  writeFileSync(folder.at('K-then-Q.npy'), Buffer.concat([npyFrom(K), npyFrom(Q)]));
  await sh('levattn select-keys K.npy -o U.arrow; levattn heavy --eps 0.2 --keys K.npy Q.npy -o entries.csv');
});

/** Commands that look at K or Q more than once, `%` being that input. */
const TWICE = [
  'scores % --format csv',
  'scores --f power:4 % --format csv',
  'scores --sketch U.arrow % --format csv',
  'select-keys --f power:4 --passes 2 % --format csv',
  'coverage --keys % --json',
  'verify --keys % --eps 0.2 --json',
  'report --keys % --svg figures && cat figures/*.svg',
  'heavy --f softmax --keys % Q.npy --eps 0.2 --format csv',
  'heavy --f power:4 --keys K.npy --certify % Q.npy --eps 0.2 --format csv',
  'convert % --format csv',
];

const SPELLINGS = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', '/dev/fd/3', '/proc/self/fd/3'];

/** Both give the same, and nothing is said. */
async function expectSame(command: string, other: string): Promise<void> {
  const [one, two] = [await sh(command), await sh(other)];
  expect(one.code).toBe(0);
  expect({ code: two.code, stderr: two.stderr }).toEqual({ code: 0, stderr: '' });
  expect(two.stdout.equals(one.stdout)).toBe(true);
}

describe.concurrent('a redirected file, however it is called', () => {
  test.each(SPELLINGS)('%s', async (name) => {
    await expectSame('levattn scores K.npy --format csv', `levattn scores ${name} --format csv <K.npy 3<K.npy`);
  });
});

describe.concurrent('a redirected file, from where it stands, where it is looked at more than once', () => {
  test.each(TWICE)('levattn %s', async (command) => {
    const levattn = `levattn ${command.replace('%', '/dev/stdin')}`;
    await expectSame(
      `levattn ${command.replace('%', 'K.npy')}`,
      `{ dd bs=77 count=1 status=none >/dev/null; ${levattn}; } <behind-K.npy`,
    );
  });

  test('by another descriptor', async () => {
    await expectSame(
      'levattn coverage --keys K.npy --json',
      '{ dd bs=77 count=1 status=none <&4 >/dev/null; levattn coverage --keys /dev/fd/4 --json; } 4<behind-K.npy',
    );
  });
});

describe.concurrent('queries, lists and entries', () => {
  test.each([
    ['Q', 'heavy --keys K.npy % --eps 0.2 --format csv', 'Q.npy'],
    ['Q of exact mode', 'heavy --f softmax --keys K.npy % --eps 0.2 --format csv', 'Q.npy'],
    ['Q of coverage', 'coverage % --keys K.npy --json', 'Q.npy'],
    ['rows', 'attend Q.npy --keys K.npy --rows % --values K.npy --format csv', 'rows.npy'],
    ['exact entries', 'verify Q.npy --keys K.npy --eps 0.2 --entries % --json', 'entries.csv'],
  ])('%s', async (_, command, file) => {
    const [one, two, three] = [
      await sh(`levattn ${command.replace('%', file)}`),
      await sh(`levattn ${command.replace('%', '/dev/stdin')} < ${file}`),
      await sh(`levattn ${command.replace('%', `<(cat ${file})`)}`),
    ];
    expect([one.code, two.code, two.stderr, three.code, three.stderr]).toEqual([0, 0, '', 0, '']);
    expect(two.stdout.equals(one.stdout)).toBe(true);
    expect(three.stdout.equals(one.stdout)).toBe(true);
  });

  test('rows are counted where they must be known: CSV to npy', async () => {
    await sh('levattn convert K.csv -o one.npy; levattn convert /dev/stdin -o two.npy < K.csv');
    expect(readFileSync(folder.at('two.npy')).equals(readFileSync(folder.at('one.npy')))).toBe(true);
  });

  test('an archive, whose directory is at its end', async () => {
    const [one, two] = [
      await sh('levattn select-keys K.npy --format csv'),
      await sh('{ dd bs=77 count=1 status=none > /dev/null; levattn select-keys - --format csv; } < behind-K.npz'),
    ];
    expect([two.code, two.stdout.toString()]).toEqual([0, one.stdout.toString()]);
  });

  test('K and Q of one container on standard input', async () => {
    const [one, two] = [
      await sh('levattn coverage Q.npy --keys K.npy'),
      await sh(
        '{ dd bs=77 count=1 status=none > /dev/null; levattn coverage /dev/stdin::q --keys /dev/stdin::k; } < behind-KQ.safetensors',
      ),
    ];
    expect([two.code, two.stdout.toString()]).toEqual([0, one.stdout.toString()]);
  });
});

test.each([
  ['-', '- -'],
  ['two names of it', '/dev/stdin -'],
])('inputs that follow one another on a redirected file are read in turn: %s', async (_, inputs) => {
  const [one, two] = [
    await sh('levattn heavy --eps 0.2 --keys K.npy Q.npy --format csv'),
    await sh(`levattn heavy --eps 0.2 --format csv --keys ${inputs} < K-then-Q.npy`),
  ];
  expect([two.code, two.stdout.toString()]).toEqual([0, one.stdout.toString()]);
});

describe.concurrent('a pipe is refused where it would be read twice: 65, by its name', () => {
  test.each([
    ['scores -', 'levattn scores --no-spool - < K.npy', /^stdin: can be read once only/],
    ['scores /dev/stdin', 'cat K.npy | levattn scores --no-spool /dev/stdin', /^stdin: can be read once only/],
    ['scores <( )', 'levattn scores --no-spool <(cat K.npy)', /^\/dev\/fd\/\d+: can be read once only/],
    ['report <( )', 'levattn report --keys <(cat K.npy) -o never.html', /^\/dev\/fd\/\d+: can be read once only/],
    ['--passes 2', 'levattn select-keys --f power:4 --passes 2 <(cat K.npy)', /^\/dev\/fd\/\d+: can be read once only/],
    ['K on it twice', 'levattn scores - - < K-then-Q.npy', /^stdin: can be read once only/],
  ])('%s', async (_, command, message) => {
    const outcome = await sh(command);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
    expect(outcome.stdout.length).toBe(0);
  });
});

test.each([
  'select-keys <(cat K.npy) --format csv',
  'coverage --keys <(cat K.npy) --json',
  'verify --keys <(cat K.npy) --eps 0.2 --json',
  'heavy --f softmax --keys <(cat K.npy) Q.npy --eps 0.2 --format csv',
])('a pipe is read once: levattn %s', async (command) => {
  const [one, two] = [await sh(`levattn ${command.replace('<(cat K.npy)', 'K.npy')}`), await sh(`levattn ${command}`)];
  expect([two.code, two.stderr]).toEqual([0, '']);
  expect(two.stdout.equals(one.stdout)).toBe(true);
});

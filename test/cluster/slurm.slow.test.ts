/** `levattn slurm` on the built program: what it writes, what bash makes of it, what it hands to sbatch. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../src/cluster/job.js';
import { workFolder } from '../../src/cluster/job.js';
import { jobScripts } from '../../src/cluster/scripts.js';
import { writeSketch } from '../../src/sketch-file/content.js';
import type { JsonObject } from '../../src/sketch-file/json.js';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { askNumpy, numpy } from '../support/numpy.js';
import { errorLine, PROGRAM, run } from '../support/program.js';
import { randomFrom } from '../support/random-matrices.js';
import { headerOf } from './headers.js';

const temporary = temporaryFolder();

/** Names that neither bash nor Slurm must stumble over. */
const UGLY = `it's 100% "$HOME" \`id\``;

/** A program that writes its name and arguments, one a line, to calls.txt beside it. */
const recorder = (more = ''): string =>
  `#!/bin/bash\n{ printf '%s\\n' "\${0##*/}" "$@"; echo; } >> "$(dirname "$0")/calls.txt"\n${more}\n`;

let folders = 0;

/** A folder with K in shards, and programs that only say how they were called. */
function setUp({ shards = [1, 2, 10], sbatch = 'echo $((100 + $(grep -c sbatch "$(dirname "$0")/calls.txt")))' } = {}) {
  const path = temporary.at(join(`${folders++}`, UGLY));
  mkdirSync(join(path, 'bin'), { recursive: true });
  for (const number of shards) {
    const values = Float64Array.from({ length: 6 * 2 }, (_, i) => number + i ** 2);
    writeFileSync(join(path, `K-${number}.npy`), npyFrom({ rows: 6, d: 2, values }));
  }
  for (const [name, more] of Object.entries({ sbatch, levattn: '' })) {
    writeFileSync(join(path, 'bin', name), recorder(more));
    chmodSync(join(path, 'bin', name), 0o755);
  }
  const env = { PATH: `${join(path, 'bin')}:${process.env.PATH}` };
  const at = (name: string): string => join(path, name);
  const calls = (): string[][] =>
    existsSync(at('bin/calls.txt'))
      ? readFileSync(at('bin/calls.txt'), 'utf8')
          .trimEnd()
          .split('\n\n')
          .map((call) => call.split('\n'))
      : [];
  const slurm = (...args: string[]) => run(['slurm', ...args], { cwd: path, env });
  const json = async (...args: string[]) => JSON.parse((await slurm(...args, '--json')).stdout.toString());
  const job = (): Job => JSON.parse(readFileSync(at('U.arrow.work/job.json'), 'utf8'));
  return { path, at, env, calls, slurm, json, job, work: workFolder(at('U.arrow.work')) };
}

const BASE = ['--shards', 'K-*.npy', '-o', 'U.arrow'];

const putSketch = (path: string, shard: number, of: number, changes: JsonObject = {}): Promise<void> =>
  writeSketch(path, { header: headerOf(shard, of, changes), state: { sums: new Float64Array(9) } });

describe('scripts', () => {
  test('a shard is sketched as the command line says, whatever is in names', async () => {
    const { at, slurm, job, work, path, calls } = setUp();
    const { code, stdout } = await slurm(...BASE, '--eps', '0.1', '--factor', 'stable', '--columns', "a b,c'd");
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('3 shards');
    expect(job().shards.map(({ files }) => files)).toEqual(
      [['K-1.npy'], ['K-2.npy'], ['K-10.npy']].map(([k]) => [at(k!)]),
    );
    // The same scripts with a levattn that says how it was called.
    for (const script of jobScripts(work, job(), [at('bin/levattn')])) writeFileSync(script.path, script.text);
    const env = { ...process.env, SLURM_ARRAY_TASK_ID: '3', SLURM_CPUS_ON_NODE: '7' };
    execFileSync('bash', [work.array], { env });
    execFileSync('bash', [work.script(1)], { cwd: '/' });
    const sketch = (i: number) => [
      'levattn',
      'sketch',
      '--shard',
      `${i}/3`,
      '--eps',
      '0.1',
      '--factor=stable',
      "--columns=a b,c'd",
    ];
    const files = (i: number, k: string) => ['--checkpoint', work.checkpoint(i), '-o', work.sketch(i), '--', at(k)];
    expect(calls()).toEqual([
      [...sketch(3), '--threads', '7', ...files(3, 'K-10.npy')],
      [...sketch(1), ...files(1, 'K-1.npy')],
    ]);
    expect(path).toContain(UGLY);
  });

  test('the merge names every sketch, and U comes from it', async () => {
    const { at, slurm, job, work, calls } = setUp();
    await slurm(...BASE);
    for (const script of jobScripts(work, job(), [at('bin/levattn')])) writeFileSync(script.path, script.text);
    execFileSync('bash', [work.merge]);
    expect(calls()).toEqual([
      ['levattn', 'merge', '-o', work.merged, '--', ...[1, 2, 3].map(work.sketch)],
      ['levattn', 'select-keys', '-o', at('U.arrow'), '--', work.merged],
    ]);
  });

  test('a merge that fails ends with its exit code, and selects nothing', async () => {
    const { at, slurm, job, work, calls } = setUp({ shards: [5] });
    await slurm(...BASE);
    writeFileSync(at('bin/levattn'), recorder('exit 65'));
    for (const script of jobScripts(work, job(), [at('bin/levattn')])) writeFileSync(script.path, script.text);
    expect(() => execFileSync('bash', [work.merge])).toThrow(expect.objectContaining({ status: 65 }));
    expect(calls()).toEqual([['levattn', 'merge', '-o', work.merged, '--', work.sketch(1)]]);
  });

  test('a sketch that is right is left alone, one that is not is made again', async () => {
    const { slurm, work } = setUp({ shards: [1, 2] });
    await slurm(...BASE);
    await putSketch(work.sketch(1), 1, 2);
    const before = readFileSync(work.sketch(1));
    execFileSync('bash', [work.script(1)]);
    expect(readFileSync(work.sketch(1))).toEqual(before);
    for (const shard of [1, 2])
      expect((await slurm('-o', 'U.arrow', '--check', String(shard))).code).toBe(shard === 1 ? 0 : 75);
    await putSketch(work.sketch(1), 2, 2);
    const wrong = await slurm('-o', 'U.arrow', '--check', '1');
    expect(wrong.code).toBe(75);
    expect(errorLine(wrong)).toMatch(/1\.lev: a sketch of shard 2 of 2, not of shard 1 of 2/);
  });

  test('more files than tasks: consecutive ones together', async () => {
    const { at, slurm, job } = setUp({ shards: Array.from({ length: 23 }, (_, i) => i + 1) });
    await slurm(...BASE, '--tasks', '4');
    const groups = job().shards.map(({ files }) => files);
    expect(groups.map(({ length }) => length)).toEqual([5, 6, 6, 6]);
    expect(groups.flat()).toEqual(Array.from({ length: 23 }, (_, i) => at(`K-${i + 1}.npy`)));
  });

  test('start this very program', async () => {
    const { slurm, work } = setUp();
    await slurm(...BASE);
    expect(readFileSync(work.merge, 'utf8')).toContain(`exec ${process.execPath} ${PROGRAM} select-keys`);
  });
});

describe('f other than x^2', () => {
  test('shards share a pilot of the first rows, and need no row counts', async () => {
    const { slurm, job, work } = setUp();
    expect((await slurm(...BASE, '--f', 'huber:1')).code).toBe(0);
    expect(job().shards.map(({ rows }) => rows)).toEqual([null, null, null]);
    const text = readFileSync(work.script(3), 'utf8');
    expect(text).toMatch(/ sketch --shard 3\/3 --eps 0\.05 --f=huber:1 '--pilot=/);
    expect(existsSync(`${work.pilot}.npy`)).toBe(true);
  });

  test('shards that do not say how many rows they have: U has the rows that alone have a column', async () => {
    const { at, slurm, work } = setUp({ shards: [] });
    const lengths = [40, 7, 25];
    const alone = [0, 45, 71];
    let row = 0;
    for (const [i, length] of lengths.entries()) {
      const lines = Array.from({ length }, () => {
        const column = alone.indexOf(row++);
        return [1 + Math.sin(row), ...alone.map((_, j) => (j === column ? '7.5' : '0.0'))].join(',');
      });
      writeFileSync(at(`K-${i + 1}.csv`), `x,a,b,c\n${lines.join('\n')}\n`);
    }
    const { code, stderr } = await slurm('--shards', 'K-*.csv', '-o', 'U.csv', '--work', work.path, '--f', 'power:4');
    expect(code).toBe(0);
    expect(stderr).not.toContain('counted');
    for (const script of [work.script(2), work.script(3), work.script(1), work.merge]) execFileSync('bash', [script]);
    const rows = readFileSync(at('U.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const scores = new Map(rows.map((line) => line.split(',').map(Number) as [index: number, score: number]));
    // Without such a row nothing would be in its column: it has all of f for the query along that.
    for (const index of alone) expect(scores.get(index)).toBeCloseTo(1, 12);
  });

  test('rows that --sample draws are numbered; without weights they need no pilot', async () => {
    const { slurm, job, work } = setUp();
    expect((await slurm(...BASE, '--sample', '4')).code).toBe(0);
    expect(job().shards.map(({ rows }) => rows?.[0])).toEqual([0, 6, 12]);
    expect(job().definition.sketch).toEqual(['--sample=4']);
    expect(existsSync(`${work.pilot}.npy`)).toBe(false);
  });

  test('a pilot that is given is taken, by its absolute path', async () => {
    const { at, slurm, job, work } = setUp();
    await slurm(...BASE, '--f', 'power:1', '--pilot', 'K-2.npy');
    expect(job().definition.sketch).toEqual(['--f=power:1', `--pilot=${at('K-2.npy')}`]);
    expect(existsSync(`${work.pilot}.npy`)).toBe(false);
  });

  test('a function without a small universal set is refused', async () => {
    const { slurm, at } = setUp();
    const refused = await slurm(...BASE, '--f', 'softmax');
    expect(refused.code).toBe(64);
    expect(errorLine(refused)).toMatch(/softmax has no small universal set/);
    expect(existsSync(at('U.arrow.work'))).toBe(false);
  });
});

describe.skipIf(!numpy)('shards whose columns are in other orders', () => {
  /** Columns of each shard, in its order; what is between x and z in the first file is meant. */
  const ORDERS = [
    ['id', 'x', 'y', 'z', 'more'],
    ['z', 'more', 'x', 'id', 'y'],
    ['y', 'new', 'z', 'more', 'id', 'x'],
  ];
  const LENGTHS = [700, 600, 500];
  /** Rows as NumPy reads them, with the means of the first 1,024 in the place of missing values, and a 1 behind each. */
  const READ = `
parts = [np.genfromtxt('%s/K-%d.csv' % (given['folder'], i + 1), delimiter=',', names=True, missing_values='NA') for i in range(3)]
X = np.vstack([np.column_stack([t[c] for c in 'xyz']) for t in parts])
X = np.where(np.isnan(X), np.nanmean(X[:1024], axis=0), X)
X = np.column_stack([X, np.ones(len(X))])
q = np.linalg.qr(X / np.abs(X).max(axis=0))[0]
print(json.dumps((q ** 2).sum(axis=1).tolist()))
`;

  const write = (at: (name: string) => string, orders: readonly (readonly string[])[]): void => {
    const random = randomFrom(18);
    for (const [i, order] of orders.entries()) {
      const lines = Array.from({ length: LENGTHS[i]! }, (_, row) => {
        const far = row % 100 === 7 ? 30 : 1;
        // In the second shard a column holds whole numbers alone.
        const y = i === 1 ? Math.round(100 * random()) : 5 * random();
        const z = random() < 0.1 ? 'NA' : far * random() + 3;
        const of = { id: row, x: far * (random() - 0.5), y, z, more: random(), new: 'text' };
        return order.map((name) => of[name as keyof typeof of]).join(',');
      });
      writeFileSync(at(`K-${i + 1}.csv`), `${order.join(',')}\n${lines.join('\n')}\n`);
    }
  };

  /** U as the scripts of a job make it, and the folder. */
  const throughScripts = async (orders: readonly (readonly string[])[], words: readonly string[]) => {
    const { at, path, env, slurm, work } = setUp({ shards: [] });
    write(at, orders);
    const { code, stderr } = await slurm('--shards', 'K-*.csv', '-o', 'U.csv', '--work', work.path, ...words);
    expect(code, stderr).toBe(0);
    for (const script of [work.script(3), work.script(1), work.script(2), work.merge]) execFileSync('bash', [script]);
    return { at, path, env, work, text: readFileSync(at('U.csv'), 'utf8') };
  };
  const WORDS = ['--columns', 'x:z', '--missing', 'mean', '--intercept'];
  const rowsOf = (text: string): number[][] =>
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));

  test('U is that of NumPy, and of one pass with the same means', async () => {
    const { at, path, env, work, text } = await throughScripts(ORDERS, WORDS);
    const shards = rowsOf(text);
    const leverages = askNumpy(READ, { folder: path }) as number[];
    expect(shards.map(([row]) => row)).toEqual(leverages.flatMap((h, row) => (h >= 0.05 ? [row] : [])));
    expect(shards.length).toBeGreaterThan(3);
    for (const [row, score] of shards) expect(Math.abs(score! / leverages[row!]! - 1)).toBeLessThan(1e-9);
    const files = [1, 2, 3].map((i) => at(`K-${i}.csv`));
    const pilot = ['--pilot', `${work.pilot}.arrow`];
    const one = await run(['select-keys', ...files, ...WORDS, ...pilot, '-o', 'one.csv'], { cwd: path, env });
    expect(one.code, one.stderr).toBe(0);
    for (const [i, [row, score]] of rowsOf(readFileSync(at('one.csv'), 'utf8')).entries()) {
      expect(shards[i]![0]).toBe(row);
      expect(Math.abs(shards[i]![1]! / score! - 1)).toBeLessThan(1e-12);
    }
  });

  test('rows are weighed as if all were in the first order', async () => {
    const words = ['--f', 'power:1', '--sample-size', '50', ...WORDS];
    const [mixed, alike] = [
      await throughScripts(ORDERS, words),
      await throughScripts(
        ORDERS.map(() => ORDERS[0]!),
        words,
      ),
    ];
    expect(mixed.text.split('\n').length).toBeGreaterThan(9);
    expect(mixed.text).toBe(alike.text);
  });
});

describe('submission', () => {
  test('an array, and after it the merge', async () => {
    const { slurm, calls, work } = setUp();
    const more = ['--mem', '2G', '--sbatch', "--comment=it's mine", '--sbatch', '--exclusive'];
    const { code, stdout } = await slurm(...BASE, '--submit', ...more);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^array 101\nmerge 102$/m);
    const common = ['--parsable', '--requeue', '--open-mode=append', `--chdir=${work.path}`];
    const extra = ['--mem=2G', "--comment=it's mine", '--exclusive'];
    expect(calls()).toEqual([
      [
        'sbatch',
        ...common,
        '--job-name=levattn-shards',
        '--output=log/shard-%a.log',
        '--array=1-3',
        ...extra,
        work.array,
      ],
      [
        'sbatch',
        ...common,
        '--dependency=afterok:101',
        '--kill-on-invalid-dep=yes',
        '--job-name=levattn-merge',
        '--output=log/merge.log',
        ...extra,
        work.merge,
      ],
    ]);
  });

  test('the number of a job on another cluster is without its name', async () => {
    const { json, calls } = setUp({ sbatch: 'echo "7;elsewhere"' });
    expect(await json(...BASE, '--submit')).toMatchObject({ array: '7', merge: '7', shards: 3 });
    expect(calls()[1]).toContain('--dependency=afterok:7');
  });

  test('resubmission: the shards that are missing, nothing else, and the merge', async () => {
    const { slurm, json, calls, work, at } = setUp({ shards: Array.from({ length: 9 }, (_, i) => i + 1) });
    await slurm(...BASE);
    for (const shard of [1, 3, 4, 5, 6, 8]) await putSketch(work.sketch(shard), shard, 9);
    await putSketch(work.sketch(9), 9, 9, { eps: 0.5 });
    writeFileSync(work.sketch(8), readFileSync(work.sketch(8)).subarray(1));
    const check = await slurm('-o', 'U.arrow', '--check');
    expect([check.code, check.stdout.toString()]).toEqual([75, 'missing 2,7-9\n']);
    expect(check.stderr).toMatch(
      /warning: .*8\.lev: .*counts as missing\n.*9\.lev: a sketch for eps = 0\.5, not 0\.05; it counts/,
    );
    const first = await json('-o', 'U.arrow', '--resubmit');
    expect(first).toEqual({ work: work.path, shards: 9, missing: '2,7-9', done: false, array: '101', merge: '102' });
    expect(calls()[0]).toContain('--array=2,7-9');
    for (const shard of [2, 7, 8, 9]) await putSketch(work.sketch(shard), shard, 9);
    expect(await json('-o', 'U.arrow', '--resubmit')).toMatchObject({
      missing: '',
      done: false,
      array: null,
      merge: '103',
    });
    expect(calls()[2]).toEqual(expect.not.arrayContaining([expect.stringContaining('--dependency')]));
    writeFileSync(at('U.arrow'), 'U');
    const done = await slurm('-o', 'U.arrow', '--resubmit');
    expect([done.code, done.stdout.toString()]).toEqual([0, `no shard is missing; ${at('U.arrow')} is there\n`]);
    expect((await slurm('-o', 'U.arrow', '--check')).code).toBe(0);
    expect(calls()).toHaveLength(3);
  });

  test('resubmission with other resources', async () => {
    const { slurm, calls, job } = setUp();
    await slurm(...BASE, '--submit', '--mem', '1G');
    await slurm('-o', 'U.arrow', '--resubmit', '--mem', '8G');
    expect(calls().map((call) => call.filter((word) => word.startsWith('--mem')))).toEqual([
      ['--mem=1G'],
      ['--mem=1G'],
      ['--mem=8G'],
      ['--mem=8G'],
    ]);
    expect(job().sbatch).toEqual(['--mem=8G']);
  });

  test.each([
    [
      'echo "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2; exit 1',
      64,
      /Invalid partition/,
    ],
    ['echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2; exit 1', 75, /Unable to contact/],
  ])('what sbatch refuses: %s', async (sbatch, code, message) => {
    const { slurm } = setUp({ sbatch });
    const refused = await slurm(...BASE, '--submit');
    expect(refused.code).toBe(code);
    expect(errorLine(refused)).toMatch(message);
  });

  test('no sbatch: one line, and the scripts are there', async () => {
    const { path, work } = setUp();
    const nowhere = join(path, 'few');
    mkdirSync(nowhere);
    const bash = execFileSync('which', ['bash'], { encoding: 'utf8' }).trim();
    execFileSync('ln', ['-s', bash, join(nowhere, 'bash')]);
    const refused = await run(['slurm', ...BASE, '--submit'], { cwd: path, env: { PATH: nowhere } });
    expect(refused.code).toBe(64);
    expect(errorLine(refused)).toMatch(/^no sbatch on the path/);
    expect(existsSync(work.submit)).toBe(true);
  });
});

describe('a work folder is for one job', () => {
  test('the same command again changes nothing', async () => {
    const { slurm, job, work } = setUp();
    await slurm(...BASE);
    const [before, script] = [job(), readFileSync(work.script(2), 'utf8')];
    expect((await slurm(...BASE)).code).toBe(0);
    expect([job(), readFileSync(work.script(2), 'utf8')]).toEqual([before, script]);
  });

  test.each([
    [['--eps', '0.2'], /job with eps 0\.05, not 0\.2/],
    [['--f', 'power:1'], /job with f power:2, not power:1/],
    [['--factor', 'stable'], /job with sketch none, not --factor=stable/],
    [['--tasks', '2'], /job of other files or tasks/],
  ])('another one is refused: %j', async (words, message) => {
    const { slurm, job } = setUp();
    await slurm(...BASE);
    const before = job();
    const refused = await slurm(...BASE, ...words);
    expect(refused.code).toBe(64);
    expect(errorLine(refused)).toMatch(message);
    expect(job()).toEqual(before);
  });

  test('a file that came later does not move the shards', async () => {
    const { at, slurm, job } = setUp();
    await slurm(...BASE);
    writeFileSync(at('K-3.npy'), readFileSync(at('K-2.npy')));
    expect(errorLine(await slurm(...BASE))).toMatch(/other files/);
    expect((await slurm('-o', 'U.arrow', '--resubmit')).code).toBe(0);
    expect(job().shards).toHaveLength(3);
  });

  test.each([
    [['--check'], /no job there; write one first/],
    [['--shards', 'K-*.npy'], /neither -o nor --work/],
    [['-o', 'U.arrow'], /no shards; name them with a quoted glob/],
    [['--work', 'w', '--shards', 'K-*.npy'], /no -o; say where U goes/],
    [['--shards', 'K-*.npy', '-o', 'U.doc'], /U\.doc: its ending names no output format/],
    [['--shards', 'L-*.npy', '-o', 'U.arrow'], /--shards L-\*\.npy: no such files/],
    [['-o', 'U.arrow', '--submit', '--resubmit'], /cannot be used with/],
  ])('what is not enough: %j', async (words, message) => {
    const { slurm } = setUp();
    const refused = await slurm(...(words[0] === '--check' ? ['-o', 'U.arrow', ...words] : words));
    expect(refused.code).toBe(64);
    expect(errorLine(refused)).toMatch(message);
  });

  test.each(['', '{"definition":{},"shards":3}'])('a job.json that is none: %s', async (text) => {
    const { slurm, work } = setUp();
    await slurm(...BASE);
    writeFileSync(work.job, text);
    for (const words of [['-o', 'U.arrow', '--check'], BASE]) {
      const refused = await slurm(...words);
      expect(refused.code).toBe(65);
      expect(errorLine(refused)).toMatch(/job\.json: is no job that levattn slurm wrote/);
    }
  });

  test('options of the job are not given twice', async () => {
    const { slurm } = setUp();
    await slurm(...BASE);
    expect(errorLine(await slurm('-o', 'U.arrow', '--resubmit', '--eps', '0.2'))).toMatch(
      /^--eps=0\.2: the job in .* leave it out/,
    );
    expect(errorLine(await slurm('-o', 'U.arrow', '--check', '4'))).toMatch(/--check 4: the job has 3 shards/);
  });
});

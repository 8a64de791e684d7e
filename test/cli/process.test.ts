/** The program as a process: streams, exit codes, broken pipes. Signals and full disks: `process-faults.slow.test.ts`. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { errorLine, PROGRAM, run, shell } from '../support/program.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
const folder = temporaryFolder();
const cwd = folder.path;
const SUMMARY =
  /^n 1,536 {2}d 64 {2}rank 64 {2}\|U\| 211 \(at most d\/eps = 1,280\) {2}largest score 0\.09501 {2}\d+\.\d\d s {2}\S+ MB\/s\n/;

beforeAll(async () => {
  await run(['select-keys', '--eps', '0.01', K, '-o', folder.at('U.arrow')]);
});

describe.concurrent('--help and --version', () => {
  test.each([
    ['--help', ['select-keys', 'heavy', 'Examples:', 'levattn select-keys < K.arrow > U.arrow', 'Exit codes:']],
    [
      'select-keys --help',
      ['--eps', '--factor', '--nan', '-o, --output', 'Examples:', 'levattn select-keys --eps 0.01 K.npy -o U.arrow'],
    ],
    ['heavy --help', ['--keys', '--eps', 'Examples:', 'cat U.arrow Q.arrow | levattn heavy --eps 0.05']],
    ['help heavy', ['--keys', 'Examples:']],
  ])('levattn %s goes to stdout, with examples', async (args, parts) => {
    const { code, stdout, stderr } = await run(args.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of parts) expect(stdout.toString()).toContain(part);
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const { code, stdout } = await run(['--version']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: `${version}\n` });
  });

  test('without a command: the help on stderr, and 64', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout: stdout.length }).toEqual({ code: 64, stdout: 0 });
    expect(stderr).toMatch(/^Usage: levattn/);
  });
});

describe.concurrent('every error is one line on stderr, with its exit code', { tags: ['slow'] }, () => {
  test.each<[string, string[], number, RegExp]>([
    ['unknown command', ['choose-keys'], 64, /unknown command 'choose-keys'/],
    ['a command misspelt', ['select-key'], 64, /Did you mean select-keys\?/],
    ['unknown option', ['select-keys', '--epsilon', '0.1'], 64, /unknown option '--epsilon'/],
    ['eps of 0', ['select-keys', '--eps', '0', K], 64, /'0' is invalid.*greater than 0 and at most 1/],
    ['eps above 1', ['heavy', '--eps', '1.5', Q], 64, /'1.5' is invalid/],
    ['negative eps', ['select-keys', '--eps', '-0.1', K], 64, /'-0.1' is invalid/],
    ['eps that is no number', ['select-keys', '--eps', 'small', K], 64, /'small' is invalid/],
    ['eps of nothing', ['select-keys', '--eps', '', K], 64, /'' is invalid/],
    ['eps NaN', ['select-keys', '--eps', 'NaN', K], 64, /'NaN' is invalid/],
    ['eps without a value', ['select-keys', '--eps'], 64, /argument missing/],
    ['unknown format', ['select-keys', '--format', 'xml', K], 64, /'xml' is invalid.*arrow, csv, ndjson, npy/],
    ['entries as npy', ['heavy', '--format', 'npy', Q], 64, /'npy' is invalid/],
    ['unknown input format', ['select-keys', '--input-format', 'hdf5', K], 64, /'hdf5' is invalid/],
    ['a delimiter of two characters', ['select-keys', '--delimiter', '||', K], 64, /'\|\|' is invalid/],
    ['a column without a name', ['select-keys', '--columns', 'a,,b', K], 64, /'a,,b' is invalid/],
    ['too many arguments', ['heavy', Q, Q], 64, /too many arguments/],
    ['a missing file', ['select-keys', 'missing.npy'], 65, /^missing\.npy: no such file; /],
    ['a missing file among others', ['select-keys', K, 'missing.npy'], 65, /^missing\.npy: no such file; /],
    ['missing keys', ['heavy', '--keys', 'missing.arrow', Q], 65, /^missing\.arrow: no such file; /],
    ['a missing Q', ['heavy', '--keys', K, 'missing.npy'], 65, /^missing\.npy: no such file; /],
    ['a name of two lines', ['select-keys', 'one\ntwo'], 65, /^one\\ntwo: no such file; /],
    ['a path through a file', ['select-keys', `${K}/x`], 65, /K\.npy\/x: /],
    ['a folder', ['select-keys', '.'], 65, /^\.: is a directory; /],
    [
      'a missing output folder',
      ['select-keys', K, '-o', 'no/U.arrow'],
      64,
      /^no\/U\.arrow: cannot be written, there is no such folder/,
    ],
    ['a folder as output', ['select-keys', K, '-o', '.', '--format', 'csv'], 64, /^\.: is a directory; /],
  ])('%s', async (_, args, code, message) => {
    const outcome = await run(args, { cwd });
    expect({ code: outcome.code, stdout: outcome.stdout.length }).toEqual({ code, stdout: 0 });
    expect(errorLine(outcome)).toMatch(message);
  });

  test('data that breaks off: 65 in a file, 75 on a pipe', async () => {
    const part = readFileSync(K).subarray(0, 200_000);
    const [file, pipe] = await Promise.all([
      run(['select-keys', folder.write('part.npy', part)]),
      run(['select-keys'], { stdin: part }),
    ]);
    expect([file.code, pipe.code]).toEqual([65, 75]);
    expect(errorLine(file)).toMatch(/part\.npy: data ends in row 780 of 1536; the file is truncated/);
    expect(errorLine(pipe)).toMatch(/^stdin: data ends in row 780 of 1536; the pipe ended early/);
    expect([file.stdout.length, pipe.stdout.length]).toEqual([0, 0]);
  });

  test('more dependent columns than can be told apart in time', async () => {
    const path = folder.write('wide.npy', npyFrom({ rows: 1, d: 8192, values: new Float64Array(8192).fill(1) }));
    // Kernels take longer, and tell them apart.
    const outcome = await run(['select-keys', path, '--format', 'csv', '--backend', 'plain']);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/8192 columns that are not independent .* at most 2048/);
  });

  test('less memory than the columns need', async () => {
    const path = folder.write('wide.npy', npyFrom({ rows: 1, d: 8192, values: new Float64Array(8192).fill(1) }));
    const outcome = await shell(`ulimit -v 2000000; levattn select-keys --backend plain "${path}" --format csv`);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/not enough memory/);
  });
});

describe.concurrent('messages', () => {
  test('--verbose tells of input, route, result; stdout holds the results alone', async () => {
    const [quiet, verbose] = await Promise.all([
      run(['select-keys', K, '--format', 'csv']),
      run(['select-keys', K, '--format', 'csv', '--verbose']),
    ]);
    expect(quiet.stderr).toBe('');
    expect(verbose.stdout).toEqual(quiet.stdout);
    expect(verbose.stderr).toMatch(/K\.npy: npy, float32/);
    expect(verbose.stderr).toMatch(/factor route gram/);
    expect(verbose.stderr).toMatch(/universal set n=1536 d=64 rank=64/);
    for (const line of verbose.stderr.trimEnd().split('\n')) expect(line).toMatch(/^levattn: \d+\.\d\d s: /);
    expect(verbose.stderr).toMatch(new RegExp(`s: ${SUMMARY.source.slice(1)}`, 'm'));
  });

  test.each([
    ['--progress --quiet', ['--progress', '--quiet']],
    ['neither', []],
  ])('no summary off a terminal with %s', async (_, options) => {
    const { code, stderr } = await run(['select-keys', K, '-o', folder.at('quiet.csv'), ...options]);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('--top of more keys than there are: no bound of 300 digits', async () => {
    const { stderr } = await run(['select-keys', '--top', '5000', K, '-o', folder.at('top.csv'), '--verbose']);
    expect(stderr).toMatch(/n 1,536 {2}d 64 {2}rank 64 {2}\|U\| 1,536 {2}largest score/);
    expect(stderr).not.toMatch(/[\d,]{20}|\.\d{12}/);
  });

  test.each([
    ['a run', ['select-keys', K], 0, 'done'],
    ['a failure', ['select-keys', 'missing.npy'], 65, 'failed'],
    ['both commands', ['heavy', '--keys', K, Q], 0, 'done'],
  ])('--log-json: every line of %s is JSON, the last says how it ended', async (_, args, exitCode, msg) => {
    const { code, stderr, log } = await run([...args, '--log-json', '--verbose']);
    expect(code).toBe(exitCode);
    expect(log.length).toBe(stderr.trimEnd().split('\n').length);
    expect(log.at(-1)).toMatchObject({ msg, exitCode, peakRss: expect.any(Number), seconds: expect.any(Number) });
  });

  test.runIf(process.platform === 'linux')(
    'peakRss is of the process alone, however large the one is that starts it',
    () => {
      const large = `const held = Buffer.alloc(6e8, 1);
      const { spawnSync } = require('node:child_process');
      const { stderr } = spawnSync(process.execPath, process.argv.slice(1));
      process.stderr.write(stderr);
      process.exitCode = held[5] - 1;`;
      const words = [PROGRAM, 'select-keys', K, '--log-json', '--verbose'];
      const { status, stderr } = spawnSync(process.execPath, ['-e', large, '--', ...words], { encoding: 'utf8' });
      expect(status).toBe(0);
      const { peakRss } = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as { peakRss: number };
      expect(peakRss).toBeGreaterThan(20e6);
      expect(peakRss).toBeLessThan(400e6);
    },
  );

  test('--progress draws its line and wipes it; then comes the summary', async () => {
    const { code, stderr } = await run(['select-keys', '--progress', K, '-o', folder.at('progress.csv')]);
    expect(code).toBe(0);
    const wipe = '\r\u001b[K';
    const [before, ...lines] = stderr.split(wipe);
    expect(before).toBe('');
    expect(lines.pop()).toMatch(SUMMARY);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^reading K {2}\[[#.]{24}\] .* rows .* MB\/s/);
  });
});

describe.concurrent('streams that are closed', { tags: ['slow'] }, () => {
  test.each([
    [
      'select-keys',
      `levattn select-keys --eps 0.01 "${K}" --format csv | head -1 > first-line; echo "\${PIPESTATUS[0]}"`,
    ],
    [
      'heavy with much output',
      `levattn heavy --keys U.arrow "${Q}" --eps 0.01 --format ndjson | true; echo "\${PIPESTATUS[0]}"`,
    ],
    ['heavy, Arrow', `levattn heavy --keys U.arrow "${Q}" --eps 0.01 | head -c 8 > eight; echo "\${PIPESTATUS[0]}"`],
    ['--help', `levattn --help | true; echo "\${PIPESTATUS[0]}"`],
  ])('a reader of stdout that leaves ends %s quietly with 0', async (_, command) => {
    const { stdout, stderr } = await shell(command, { cwd });
    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  test.each(['--verbose', '--log-json'])('a reader of stderr that leaves is not missed (%s)', async (option) => {
    const command = `{ levattn select-keys ${option} "${K}" --format csv 2>&3 | wc -l; echo "\${PIPESTATUS[0]}" >&4; } 3> >(true) 4>&1`;
    const { stdout } = await shell(command, { cwd });
    expect(stdout.toString().split('\n').sort()).toEqual(['', '0', '212']);
  });

  test('stdin closed: 65, no data', async () => {
    const outcome = await shell('levattn select-keys <&-', { cwd });
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/^stdin: no data; /);
  });

  test.each(['>&-', '2>&-', '>&- 2>&-'])('%s: as if it were /dev/null', async (redirection) => {
    const { code, stderr } = await shell(
      `levattn select-keys "${K}" ${redirection} | cat > /dev/null; exit "\${PIPESTATUS[0]}"`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/** What happens on the cluster, step by step; any step that goes wrong ends all of it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { startCluster } from './cluster.js';
import { SLOW, writeShards } from './heads.js';
import { until } from './until.js';

const PROGRAM = fileURLToPath(new URL('../../bin/levattn.js', import.meta.url));
const EPS = 0.01;
const NODES = ['n1', 'n2', 'n3'];

/** The long shard computes for at least so long, and is meant to for longer, as rates vary. */
const LEAST_SECONDS = 15;
const MEANT_SECONDS = 20;

/** Scores agree to that. */
const TOLERANCE = 1e-9;

const start = Date.now();
const say = (text) => console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${text}`);

/** The whole of it. */
export async function runScenario() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  const scratch = mkdtempSync(join(tmpdir(), 'levattn-cluster-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  // Names that scripts and Slurm must not stumble over.
  const folder = join(scratch, `it's 100% "$HOME"`);
  mkdirSync(folder);
  const cluster = await startCluster(join(scratch, 'slurm'), NODES);
  try {
    say(`three nodes are up, ports ${cluster.ports.join(', ')}`);
    const job = await killedNode(cluster, folder);
    await missingSketches(cluster, job);
    await failingShard(cluster, folder);
  } catch (error) {
    showLogs(scratch);
    throw error;
  } finally {
    await cluster.stop();
  }
  for (const port of cluster.ports) await refuseOpen(port);
  const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== '1');
  assert.deepEqual(left.map(commandOf).filter(Boolean), [], 'processes left behind');
  say('all that was started has ended');
}

/** An array over real keys: a task is told to stop, then the node of another dies; U is NumPy's all the same. */
async function killedNode(cluster, folder) {
  const { paths, rows, real } = writeShards(folder, PROGRAM, MEANT_SECONDS);
  say(
    `${real ? 'real heads of ../shared/data' : 'NO ../shared/data: the head in fixtures/demo instead'}; K-3 has ${rows} rows`,
  );
  const job = openJob(cluster, folder, 'U.arrow');
  const plan = ['--shards', 'K-*.npy', '--eps', String(EPS), '--every', '2s', ...SLOW];
  const { array, shards } = job.json(...plan, '--submit');
  assert.equal(shards, paths.length);

  await until('the long shard runs', 30, () => job.nodeOf(array, 3));
  const began = Date.now();
  await until('the others have ended', 60, () => job.check().missing === '3');
  const told = Date.now();
  cluster.slurm('scancel', `${array}_3`);
  await until('the task ends with 143 when told to', 30, () => exitCode(cluster, `${array}_3`) === '143:0');
  await until('the merge is cancelled', 30, () => job.queue() === '');
  say('told to stop, the long shard ended with 143, and the merge was cancelled');

  const again = job.json('--resubmit');
  assert.deepEqual([again.missing, again.done], ['3', false]);
  const first = await until('the long shard runs again', 30, () => job.nodeOf(again.array, 3));
  const from = Date.now();
  await delay(LEAST_SECONDS * 400);
  assert.equal(job.nodeOf(again.array, 3), first, 'the long shard must still run where it began');
  await cluster.crash(first);
  const killed = Date.now();
  say(`killed ${first} while the long shard ran on it`);

  const second = await until('Slurm runs it elsewhere', 90, () => {
    const node = job.nodeOf(again.array, 3);
    return node !== first && node;
  });
  const resumed = Date.now();
  say(`${second} goes on with it`);
  await job.untilDone(90);
  const seconds = (told - began + killed - from + statSync(job.sketch(3)).mtimeMs - resumed) / 1000;
  const goingOn = [...readFileSync(job.log(3), 'utf8').matchAll(/going on after ([\d,]+) rows/g)].map(
    ([, count]) => count,
  );
  assert.equal(goingOn.length, 2, 'the long shard must go on from its checkpoint, twice');
  say(`the long shard computed for ${seconds.toFixed(1)} s, going on after ${goingOn.join(' and ')} rows`);
  assert.ok(seconds >= LEAST_SECONDS, `the long shard must compute for ${LEAST_SECONDS} s`);
  compareWithNumpy(job.output, paths);
  return job;
}

/**
 * A damaged sketch, a lost one, one of another shard: these and no others are made anew, although each is asked for twice; they
 * and U are the same bytes as before.
 */
async function missingSketches(cluster, job) {
  const shards = [1, 2, 3, 4];
  const before = [job.output, ...shards.map(job.sketch)].map((path) => readFileSync(path));
  const untouched = statSync(job.sketch(3)).mtimeMs;
  const damaged = Buffer.from(before[1]);
  damaged[damaged.length >> 1] ^= 1;
  writeFileSync(job.sketch(1), damaged);
  rmSync(job.sketch(2));
  copyFileSync(job.sketch(3), job.sketch(4));
  // Nothing is begun until both have been asked for.
  cluster.slurm('scontrol', 'update', 'PartitionName=main', 'State=DOWN');
  const twice = [job.json('--resubmit'), job.json('--resubmit')];
  cluster.slurm('scontrol', 'update', 'PartitionName=main', 'State=UP');
  assert.deepEqual(
    twice.map(({ missing }) => missing),
    ['1-2,4', '1-2,4'],
  );
  await job.untilDone(60);
  for (const [i, path] of [job.output, ...shards.map(job.sketch)].entries()) {
    assert.ok(readFileSync(path).equals(before[i]), `${path}: must be the same bytes as before`);
  }
  assert.equal(statSync(job.sketch(3)).mtimeMs, untouched, 'a sketch that is right is left alone');
  const { missing, done, array, merge } = job.json('--resubmit');
  assert.deepEqual([missing, done, array, merge], ['', true, null, null]);
  say('damaged, lost and wrong sketches were made anew, twice, with the same bytes');

  rmSync(job.output);
  const merging = job.json('--resubmit');
  assert.deepEqual([merging.missing, merging.array], ['', null]);
  await job.untilDone(60);
  assert.ok(readFileSync(job.output).equals(before[0]), 'U must be the same bytes as before');
  say('a lost U was merged anew');
}

/** A shard with bad data ends with 65, and no U appears; mended, it is the only one to run again. */
async function failingShard(cluster, folder) {
  const inner = join(folder, 'bad');
  mkdirSync(inner);
  const [good, bad, mended] = ['1,2\n3,4\n5,7\n', '1,2\n3,nan\n', '1,2\n3,1\n'];
  writeFileSync(join(inner, 'K-1.csv'), good);
  writeFileSync(join(inner, 'K-2.csv'), bad);
  const job = openJob(cluster, inner, 'U.csv');
  const { array } = job.json('--shards', 'K-*.csv', '--submit');
  await until('nothing is left in the queue', 60, () => job.queue() === '');
  assert.equal(exitCode(cluster, `${array}_2`), '65:0');
  const { missing, done } = job.check();
  assert.deepEqual([missing, done], ['2', false]);
  writeFileSync(join(inner, 'K-2.csv'), mended);
  assert.equal(job.json('--resubmit').missing, '2');
  await job.untilDone(60);
  say('bad data ended with 65 and no U; mended, that shard alone ran again');
}

/** One job of `levattn slurm`, as its user sees it. */
function openJob(cluster, folder, output) {
  const run = (args) => {
    const words = [PROGRAM, 'slurm', '-o', output, '--json', ...args];
    return spawnSync(process.execPath, words, { cwd: folder, env: cluster.env, encoding: 'utf8' });
  };
  const json = (...args) => {
    const { status, stdout, stderr } = run(args);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  const check = () => JSON.parse(run(['--check']).stdout);
  const queue = (...args) => cluster.slurm('squeue', '-h', ...args).trim();
  return {
    output: join(folder, output),
    sketch: (shard) => join(folder, `${output}.work`, 'sketches', `${shard}.lev`),
    log: (shard) => join(folder, `${output}.work`, 'log', `shard-${shard}.log`),
    json,
    check,
    queue,
    /** Where a task runs; empty where it does not. */
    nodeOf: (array, task) => queue('-t', 'R', '-j', `${array}_${task}`, '-o', '%N'),
    /** Done is what the files say, not Slurm. */
    untilDone: async (seconds) => {
      await until('U is there', seconds, () => check().done);
      await until('nothing is left in the queue', 30, () => queue() === '');
    },
  };
}

/** How a task ended: its exit code, and the signal that ended it. */
const exitCode = (cluster, task) => / ExitCode=(\S+) /.exec(cluster.slurm('scontrol', '-o', 'show', 'job', task))[1];

/** The set that an Arrow file holds. */
function readSet(path) {
  const table = tableFromIPC(readFileSync(path));
  return { index: [...table.getChild('index')].map(Number), score: [...table.getChild('score')] };
}

/** U must be the keys that NumPy finds, with its scores. */
function compareWithNumpy(output, paths) {
  const script = fileURLToPath(new URL('leverage.py', import.meta.url));
  // Matrices of 64 columns are too small for OpenBLAS's threads.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1' };
  const numpy = spawnSync(python(), [script, String(EPS), ...paths], { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(numpy.status, 0, numpy.stderr);
  const { index, score, gap } = JSON.parse(numpy.stdout);
  const set = readSet(output);
  assert.ok(gap > TOLERANCE, `a score is within ${gap} of eps: which side it is on would be rounding`);
  assert.ok(index.length > 0, 'a set to compare');
  assert.deepEqual(set.index, index);
  const error = Math.max(...score.map((value, i) => Math.abs(value - set.score[i])));
  assert.ok(error <= TOLERANCE, `scores differ by ${error}`);
  say(
    `U is NumPy's: ${index.length} keys, scores to ${error.toExponential(0)}, none closer to eps than ${gap.toExponential(0)}`,
  );
}

/** A Python that has NumPy. */
function python() {
  const found = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import numpy']).status === 0);
  assert.ok(found, 'no python3 with NumPy');
  return found;
}

async function refuseOpen(port) {
  const open = await new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  assert.equal(open, false, `port ${port} is still open`);
}

/** What a process is; nothing where it has ended. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** The logs of Slurm and of the job, for whoever has to find out what went wrong. */
function showLogs(folder) {
  const wanted = /(shard-\d+|merge|slurmctld)\.log$/;
  for (const path of readdirSync(folder, { recursive: true }).filter((name) => wanted.test(name))) {
    console.error(`--- ${path}\n${readFileSync(join(folder, path), 'utf8').split('\n').slice(-30).join('\n')}`);
  }
}

const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

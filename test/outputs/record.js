/**
 * Records the SHA-256 of all that every command writes: `node test/outputs/record.js FILE` writes them to FILE,
 * `node test/outputs/record.js FILE --compare` says what differs from FILE. A change that must not change results is held to it.
 *
 * A hash is of the exit code, stdout, the files written, and stderr without times and rates.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from './commands.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What computes; the first is what others are compared with. */
const COMPUTERS = ['--threads 1', '--threads 3', '--threads 1 --backend plain', '--threads 3 --backend plain'];

/** Times, rates and sizes in memory, which differ from run to run. */
const VARYING = /\d+(?:\.\d+)? (?:s|ms|[kMG]?B\/s|MB)(?![\w])/g;

/** Every command under every way to compute it, as `name` or `name | options`. */
export const runs = (computers = COMPUTERS) =>
  Object.entries(COMMANDS).flatMap(([name, command]) =>
    command.includes('$C')
      ? computers.map((options) => ({ name: `${name} | ${options}`, command: command.replaceAll('$C', options) }))
      : [{ name, command }],
  );

/**
 * Runs a command in a folder of its own.
 * @param node - the Node that runs it
 * @param env - variables besides this process's
 */
export function hashOf(command, node = process.execPath, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'levattn-output-'));
  const script = `levattn() { "${node}" "${root}/bin/levattn.js" "$@"; }\nF="${root}/fixtures"\n${command}`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const streams = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (part) => streams[name].push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      const hash = createHash('sha256').update(`exit ${code}\n`).update(Buffer.concat(streams.stdout));
      hash.update(plainText(Buffer.concat(streams.stderr).toString(), folder));
      for (const file of filesIn(folder)) hash.update(file).update(contentOf(join(folder, file), folder));
      rmSync(folder, { recursive: true });
      resolve(hash.digest('hex'));
    });
  });
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Pages and scripts name the folder. */
const contentOf = (path, folder) =>
  /\.(html|sh|json)$/.test(path) ? plainText(readFileSync(path, 'utf8'), folder) : readFileSync(path);

const plainText = (text, folder) => text.replaceAll(folder, '').replaceAll(root, '').replace(VARYING, '#');

/** The hashes of all commands, two at a time on two cores. */
export async function record(computers) {
  const waiting = runs(computers);
  const hashes = {};
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) hashes[next.name] = await hashOf(next.command);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return Object.fromEntries(Object.entries(hashes).sort());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, flag] = process.argv.slice(2);
  if (file === undefined || (flag !== undefined && flag !== '--compare')) {
    console.error('node test/outputs/record.js FILE [--compare]');
    process.exit(64);
  }
  const hashes = await record();
  if (flag === undefined) writeFileSync(file, `${JSON.stringify(hashes, undefined, 1)}\n`);
  else {
    const before = JSON.parse(readFileSync(file, 'utf8'));
    const names = [...new Set([...Object.keys(before), ...Object.keys(hashes)])].sort();
    const different = names.filter((name) => before[name] !== hashes[name]);
    for (const name of different) console.log(`differs: ${name}`);
    console.log(`${names.length - different.length} of ${names.length} outputs are the same`);
    process.exit(different.length === 0 ? 0 : 1);
  }
}

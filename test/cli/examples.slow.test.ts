/** Every example in every `--help` runs, on files that are called what the examples call them. */

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { csvFrom, npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadCase } from '../support/fixtures.js';
import { headFile } from '../support/heads.js';
import { run, shell } from '../support/program.js';

const folder = temporaryFolder();
/** What the examples may read. */
let files: string[] = [];
const { K, Q } = loadCase('heavy-tailed');

/** A safetensors file with one float32 tensor. */
function safetensorsOf(name: string, { rows, d, values }: typeof K): Buffer {
  const data = Buffer.from(Float32Array.from(values).buffer);
  const about = { [name]: { dtype: 'F32', shape: [rows, d], data_offsets: [0, data.length] } };
  const header = Buffer.from(JSON.stringify(about));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** Commands whose examples are tried elsewhere (on a cluster), or that have none. */
const ELSEWHERE = ['slurm', 'man', 'help'];

const help = (await run(['--help'])).stdout.toString().split('Explore:\n')[1]!;
const COMMANDS = [...help.matchAll(/^ {2}([a-z][a-z-]+) /gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== 'levattn' && !ELSEWHERE.includes(name));

/** The commands of an example, without what is said of them. */
const commandIn = (line: string): string | undefined => / {2}(\S.*?)(?: {2,}.*)?$/.exec(line)?.[1];

beforeAll(async () => {
  const at = (name: string): string => folder.at(name);
  const half = Math.floor(K.rows / 2);
  writeFileSync(at('K.npy'), npyFrom(K));
  writeFileSync(at('V.npy'), npyFrom(K));
  writeFileSync(at('Q.npy'), npyFrom(Q));
  writeFileSync(at('Q0.npy'), npyFrom(Q));
  for (const [i, name] of ['part-1.npy', 'part-2.npy'].entries()) {
    writeFileSync(at(name), npyFrom(rowsOf(K, i * half, i === 0 ? half : K.rows)));
  }
  copyFileSync(at('part-1.npy'), at('more.npy'));
  for (let i = 1; i <= 64; i++) copyFileSync(at('part-1.npy'), at(`K-${i}.npy`));
  const rows = csvFrom(K).trimEnd().split('\n');
  const header = ['id', ...Array.from({ length: K.d }, (_, j) => `k${j}`)].join(',');
  writeFileSync(at('K.csv'), `${[header, ...rows.map((row, i) => `${i},${row}`)].join('\n')}\n`);
  copyFileSync(headFile('K-hnd.npy'), at('heads.npy'));
  writeFileSync(at('K.csv.gz'), gzipSync(csvFrom(K)));
  writeFileSync(at('K.bin'), Buffer.alloc(2 * 128 * 10));
  writeFileSync(at('K.safetensors'), safetensorsOf('k_proj', K));
  copyFileSync(fixturePath('interop/duckdb-array.parquet'), at('K.parquet'));
  copyFileSync(fixturePath('formats/many.safetensors'), at('model.safetensors'));
  mkdirSync(at('home/.zfunc'), { recursive: true });
  mkdirSync(at('home/.config/fish/completions'), { recursive: true });
  for (const line of [
    'levattn convert K.npy -o K.arrow',
    'levattn convert Q.npy -o Q.arrow',
    'levattn select-keys K.npy -o U.arrow',
    'levattn select-keys K.npy -o U.npy',
    'levattn select-keys K.npy -o chosen.npy',
    'levattn coreset K.npy --values V.npy --for softmax --size 40 -o C.arrow',
    'levattn heavy --keys U.arrow Q.npy -o entries.arrow',
    'levattn sketch --sample-size 64 K.npy -o all.lev',
    'levattn sketch K.npy -o K.lev',
    'levattn sketch --shard 1/2 part-1.npy -o s1.lev',
    'levattn sketch --shard 2/2 part-2.npy -o s2.lev',
  ]) {
    const { code, stderr } = await shell(line, { cwd: folder.path });
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
  }
  files = readdirSync(folder.path).filter((name) => name !== 'home');
});

describe.each(COMMANDS)('%s --help', (command) => {
  test('its examples run', async () => {
    const { stdout } = await run([command, '--help']);
    const [, text] = stdout.toString().split('Examples:\n');
    const lines = text!
      .split('\n\n')[0]!
      .split('\n')
      .flatMap((line) => commandIn(line) ?? []);
    expect(lines.length).toBeGreaterThan(1);
    for (const [i, line] of lines.entries()) {
      // What one example writes must not change what the next one reads.
      const cwd = folder.at(`${command}-${i}`);
      mkdirSync(cwd);
      for (const name of files) copyFileSync(folder.at(name), join(cwd, name));
      const { code, stderr } = await shell(line, { cwd, env: { HOME: folder.at('home') } });
      expect({ line, code, errors: code === 0 ? '' : stderr }).toEqual({ line, code: 0, errors: '' });
    }
  });
});

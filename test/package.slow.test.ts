/** The package as npm packs and installs it: what is in it, that its program runs, that its library and types are found. */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRows, fromCsv, scoresOf } from './cli/answers.js';
import { temporaryFolder } from './support/files.js';
import { loadCase } from './support/fixtures.js';
import { installPackage } from './support/installed.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = temporaryFolder();
/** Where the package is installed. */
const home = folder.at('home');
const planted = loadCase('planted');
const expectation = planted.expected.results[0]!;

let packed: readonly string[] = [];

beforeAll(() => {
  packed = installPackage(folder.path).packed;
  copyFileSync(planted.paths.K, folder.at('home/K.npy'));
  copyFileSync(planted.paths.Q, folder.at('home/Q.npy'));
});

describe('the tarball', () => {
  test('holds the built program and no sources or tests', () => {
    const stray = packed.filter(
      (path) => !/^(bin|dist|docs|fixtures\/demo)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path),
    );
    expect(stray).toEqual([]);
    expect(packed.filter((path) => /\.test\.|\.tsbuildinfo$|(^|\/)(test|src)\//.test(path))).toEqual([]);
    expect(packed.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  test('holds what package.json promises', () => {
    const { bin, types, exports } = manifest;
    const promised = [...Object.values(bin as Record<string, string>), types, exports['.'].types, exports['.'].default];
    expect(packed).toEqual(expect.arrayContaining(promised.map((path: string) => path.replace('./', ''))));
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
  });

  test('holds the WebAssembly modules beside what loads them', () => {
    const built = readdirSync(join(root, 'dist/kernels')).filter((name) => name.endsWith('.wasm'));
    expect(built.length).toBeGreaterThan(0);
    expect(packed).toEqual(expect.arrayContaining(built.map((name) => `dist/kernels/${name}`)));
  });
});

describe('installed elsewhere', () => {
  const installed = (...args: string[]) =>
    execFileSync(join(home, 'node_modules/.bin/levattn'), args, { cwd: home, encoding: 'utf8', stdio: 'pipe' });
  const eps = String(expectation.eps);

  test('only what it needs to run comes with it', () => {
    for (const name of Object.keys(manifest.dependencies))
      expect(existsSync(join(home, 'node_modules', name))).toBe(true);
    // apache-arrow itself asks for @types/node.
    const tools = Object.keys(manifest.devDependencies).filter((name) => !name.startsWith('@types/'));
    for (const name of tools) expect(existsSync(join(home, 'node_modules', name))).toBe(false);
  });

  test('the program runs', () => {
    expect(installed('--version')).toBe(`${manifest.version}\n`);
    const U = fromCsv(installed('select-keys', '--eps', eps, 'K.npy', '--format', 'csv'));
    expectRows(U, scoresOf(planted, expectation), planted.expected.tolerance);
    const entries = fromCsv(installed('heavy', '--eps', eps, '--keys', 'K.npy', 'Q.npy', '--format', 'csv'));
    expectRows(entries, expectation.entries, planted.expected.tolerance);
  });

  const script = (typed: boolean): string => `
    import { heavyEntries, openBytes, openMatrix, rowBlocks, selectKeys } from 'levattn';
    ${typed ? "import type { EntryBatch, UniversalSet } from 'levattn';" : ''}
    const keys = await openMatrix(await openBytes('K.npy'));
    const set${typed ? ': UniversalSet' : ''} = await selectKeys(rowBlocks(keys), { eps: ${eps} });
    const queries = await openMatrix(await openBytes('Q.npy'));
    const entries${typed ? ': number[][]' : ''} = [];
    for await (const batch of heavyEntries(set, rowBlocks(queries))) {
      const { count, query, key, score }${typed ? ': EntryBatch' : ''} = batch;
      for (let i = 0; i < count; i++) entries.push([query[i], key[i], score[i]]);
    }
    console.log(JSON.stringify({ U: Array.from(set.index, (index, i) => [index, set.score[i]]), entries }));
  `;

  test('the library gives the same answers', () => {
    folder.write('home/script.js', script(false));
    const found = JSON.parse(execFileSync(process.execPath, ['script.js'], { cwd: home, encoding: 'utf8' }));
    expectRows({ columns: [], rows: found.U }, scoresOf(planted, expectation), planted.expected.tolerance);
    expectRows({ columns: [], rows: found.entries }, expectation.entries, planted.expected.tolerance);
  });

  test('its types are found, and are types', () => {
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext', types: [] };
    folder.write('home/tsconfig.json', JSON.stringify({ compilerOptions, files: ['right.ts', 'wrong.ts'] }));
    const typed = `declare const console: { log(text: string): void };\n${script(true)}`;
    folder.write('home/right.ts', typed);
    folder.write('home/wrong.ts', typed.replace('{ eps: ', '{ epsilon: '));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '--pretty', 'false'], { cwd: home, encoding: 'utf8' });
    expect(stdout).toMatch(/^wrong\.ts\(\d+,\d+\): error TS\d+: .*'epsilon' does not exist [^\n]*\n$/);
  });
});

test('the lock file takes everything from the npm registry', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = Object.values(lock.packages as Record<string, { resolved?: string; link?: boolean }>);
  expect(packages.length).toBeGreaterThan(1);
  const sources = packages.flatMap(({ resolved }) => resolved ?? []);
  expect(sources.filter((url) => !url.startsWith('https://registry.npmjs.org/'))).toEqual([]);
  expect(packages.filter(({ link }) => link)).toEqual([]);
});

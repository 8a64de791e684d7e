/**
 * Builds dist, unless it was built from the same sources: `node src/build.js`.
 *
 * Kernels and TypeScript are compiled side by side, then bundled. The sources' hash is written last, so that what an interrupted
 * build left is built anew.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, 'built-from.sha256');

/** Of all that a build reads, the versions of packages with it. */
function hashOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  for (const file of [
    ...sources,
    ...['package.json', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name)),
  ]) {
    if (existsSync(file)) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function node(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`failed: node ${args.join(' ')}`))));
  });
}

const hash = hashOfSources();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  rmSync(dist, { recursive: true, force: true });
  try {
    await Promise.all([
      node(createRequire(import.meta.url).resolve('typescript/bin/tsc')),
      node('src/kernels/assembly/build.js'),
    ]);
    await node('src/bundle.js');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}

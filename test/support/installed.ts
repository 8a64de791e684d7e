/** The package as npm packs it, installed in a folder of its own. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A package that is installed. */
export interface Installed {
  /** The folder that has it in its `node_modules`. */
  readonly home: string;
  /** Paths of all files in the tarball. */
  readonly packed: readonly string[];
}

/**
 * Packs what is built and installs it with what it needs to run, and nothing optional.
 *
 * @param folder - where the tarball goes and, in `home`, the installation
 * @throws Error where npm fails, as it does where neither its cache nor the registry has a dependency
 */
export function installPackage(folder: string): Installed {
  const npm = (...args: string[]): string => execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  const [{ files, filename }] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder));
  const home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "name": "home", "private": true, "type": "module" }');
  const options = ['--omit=dev', '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  npm('install', '--prefix', home, join(folder, filename), ...options);
  return { home, packed: files.map(({ path }: { path: string }) => path) };
}

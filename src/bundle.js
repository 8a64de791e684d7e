/**
 * Bundles the compiled command line, dist/cli, and what its threads run into dist/bin, packages included: to find and load some three
 * hundred small files takes longer than the work on a small matrix. `files.js` stays outside, as it knows where the others lie, and
 * so does the optional koffi. What few commands need is imported when it is needed, and comes into files of its own. The licences of
 * the packages within come into dist/bin/LICENSES.txt.
 *
 * And the scripts that reports carry, for browsers: of one head into dist/report/page.js, of several into dist/report/page-of-heads.js.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const dist = (path) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** Directories of the packages that were bundled. */
const packages = new Set();

const noteLicences = {
  name: 'note-licences',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      for (const module of file.moduleIds ?? []) {
        const directory = /^.*\/node_modules\/(@[^/]+\/)?[^/]+\//.exec(module)?.[0];
        if (directory) packages.add(directory);
      }
    }
  },
};

/** Every bundle lies in dist/bin, from where `files.js` is one folder up, whoever asked for it. */
const filesOutside = {
  name: 'files-outside',
  resolveId: (id) => (id.endsWith('/files.js') ? { id: '../files.js', external: true } : undefined),
};

/** A package's name, version and what it is licensed under, in its own words. */
function licenceOf(directory) {
  const { name, version } = JSON.parse(readFileSync(`${directory}package.json`, 'utf8'));
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (files.length === 0) throw new Error(`${name} comes without a licence`);
  return [`${name} ${version}`, ...files.map((file) => readFileSync(directory + file, 'utf8').trim())].join('\n\n');
}

/** Names stay as they are, for the stack that --verbose prints of a fault. */
const MINIFY = { compress: true, mangle: false, codegen: { removeWhitespace: true } };

const bundleForNode = (name, input) =>
  build({
    input: { [name]: dist(input) },
    platform: 'node',
    external: (id) => id.startsWith('node:') || id === 'koffi',
    plugins: [filesOutside, noteLicences],
    output: {
      dir: dist('bin'),
      entryFileNames: '[name].js',
      chunkFileNames: `${name}-[name]-[hash].js`,
      minify: MINIFY,
    },
    logLevel: 'warn',
  });

await bundleForNode('levattn', 'cli/main.js');
await bundleForNode('screen-worker', 'sketch/screen/screen-worker.js');
await bundleForNode('exact-worker', 'entries/exact/exact-worker.js');
await bundleForNode('scoring-worker', 'selectors/team/scoring-worker.js');
await bundleForNode('attention-worker', 'attention/team/attention-worker.js');
await bundleForNode('verify-worker', 'verify/product-worker.js');
await bundleForNode('wide-worker', 'sketch/wide/wide-worker.js');
const licences = [...packages]
  .sort()
  .map(licenceOf)
  .join(`\n\n${'-'.repeat(80)}\n\n`);
writeFileSync(dist('bin/LICENSES.txt'), `${licences}\n`);

for (const [script, entry] of [
  ['page', 'main'],
  ['page-of-heads', 'main-of-heads'],
]) {
  await build({
    input: fileURLToPath(new URL(`report/client/${entry}.ts`, import.meta.url)),
    platform: 'browser',
    output: { file: dist(`report/${script}.js`), format: 'iife', minify: true },
    logLevel: 'warn',
  });
}

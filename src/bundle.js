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

/** Functions and classes keep their names, for the stack that --verbose prints of a fault. */
const MINIFY = {
  compress: true,
  mangle: { toplevel: true, keepNames: { function: true, class: true } },
  codegen: { removeWhitespace: true },
};

/** Escapes what is not ASCII, as V8 reads text of one byte a character faster. What String.raw holds are patterns, which read escapes, too. */
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      chunk.code = chunk.code?.replace(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
  },
};

/** Modules of Node that few runs need: they are loaded when something of theirs is used. */
const RARE = ['child_process', 'crypto', 'fs/promises', 'net', 'stream', 'tty', 'zlib'].map((name) => `node:${name}`);

/**
 * Takes Node's own modules from the process in place of importing them: an import looks at every export, and so loads what Node itself would load on
 * demand. Of node:fs that is node:fs/promises and streams, 7 ms.
 */
const builtinsOnDemand = {
  name: 'builtins-on-demand',
  // Packages may require them.
  transform: (code) =>
    code.replace(/\brequire\('(node:\w+)'\)/g, (found, module) => (RARE.includes(module) ? standInFor(module) : found)),
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      chunk.code = chunk.code?.replace(/^(?:import[^;]*;)+/, (imports) =>
        imports
          .replace(/import([^;]*?)from"(node:[\w/]+)";/g, (_, names, module) => declarationOf(names.trim(), module))
          // What is left of an import of which nothing is used.
          .replace(/import"node:[\w/]+";/g, ''),
      );
    }
  },
};

const loaded = (module) => `process.getBuiltinModule("${module}")`;

/** Stands for a module. */
const standInFor = (module) => `new Proxy({},{get:(_,name)=>${loaded(module)}[name]})`;

/** Stands for a function or a class of a module. */
const standInForPart = (module, name) => {
  const part = `${loaded(module)}.${name}`;
  return `new Proxy(function(){},{apply:(_,of,given)=>${part}(...given),construct:(_,given)=>new ${part}(...given),get:(_,name)=>${part}[name]})`;
};

/** `a,{b as c}` of a module as the declaration of a and c. */
function declarationOf(names, module) {
  const [, whole, , listed = ''] = /^(?:\* ?as )?([\w$]*)(,? ?\{(.*)\})?$/.exec(names);
  const parts = listed.split(',').filter(Boolean);
  const pairs = parts.map((part) => part.split(' as ')).map(([name, as = name]) => [name, as]);
  const rare = RARE.includes(module);
  const declared = [
    ...(whole ? [`${whole}=${rare ? standInFor(module) : loaded(module)}`] : []),
    ...(rare ? pairs.map(([name, as]) => `${as}=${standInForPart(module, name)}`) : []),
    ...(!rare && pairs.length > 0 ? [`{${pairs.map((pair) => pair.join(':'))}}=${loaded(module)}`] : []),
  ];
  return `const ${declared.join(',')};`;
}

const bundleForNode = (name, input) =>
  build({
    input: { [name]: dist(input) },
    platform: 'node',
    external: (id) => id.startsWith('node:') || id === 'koffi',
    plugins: [filesOutside, noteLicences, asciiOnly, builtinsOnDemand],
    output: {
      dir: dist('bin'),
      entryFileNames: '[name].js',
      chunkFileNames: `${name}-[name]-[hash].js`,
      minify: MINIFY,
      // What most commands need comes into one file: to find and load a file takes its time, however small it is.
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 6 }] },
    },
    logLevel: 'warn',
    // What the library loads when it is needed may be in one file here.
    checks: { ineffectiveDynamicImport: false },
  });

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

await bundleForNode('screen-worker', 'sketch/screen/screen-worker.js');
await bundleForNode('lane-worker', 'formats/parquet/lane-worker.js');
await bundleForNode('exact-worker', 'entries/exact/exact-worker.js');
await bundleForNode('scoring-worker', 'selectors/team/scoring-worker.js');
await bundleForNode('attention-worker', 'attention/team/attention-worker.js');
await bundleForNode('verify-worker', 'verify/product-worker.js');
await bundleForNode('wide-worker', 'sketch/wide/wide-worker.js');
// The command line comes last: a build that was stopped has none, rather than one that lacks other parts.
await bundleForNode('levattn', 'cli/main.js');
const licences = [...packages]
  .sort()
  .map(licenceOf)
  .join(`\n\n${'-'.repeat(80)}\n\n`);
writeFileSync(dist('bin/LICENSES.txt'), `${licences}\n`);

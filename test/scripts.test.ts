/** Scripts that nothing compiles (experiments, benchmarks, workers of tests) ask files of the build, and each other, for names that are there. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const scripts = globSync('{bin,docs,fixtures,src,test}/**/*.js', { cwd: root }).sort();

/** What a script imports by name from files: `import { a as b, type C } from './file.js'`. */
function importsOf(script: string): { file: string; names: string[] }[] {
  const text = readFileSync(new URL(`../${script}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']+\.js)';/gms)].map(([, names, file]) => ({
    file: file!,
    names: names!
      .split(',')
      .map((name) => name.trim().split(' as ')[0]!)
      .filter(Boolean),
  }));
}

/** The names that a module, or the modules it hands on, exports: read from its text, as some scripts run when they are imported. */
function exportsOf(file: URL): string[] {
  const text = readFileSync(file, 'utf8');
  const declared = [...text.matchAll(/^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm)].map(
    ([, name]) => name!,
  );
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gms)].flatMap(([, names]) =>
    names!.split(',').map((name) => name.trim().split(' as ').at(-1)!),
  );
  return [...declared, ...listed];
}

test.each(scripts.filter((script) => importsOf(script).length > 0))('%s', (script) => {
  for (const { file, names } of importsOf(script)) {
    const exported = exportsOf(new URL(file, new URL(`../${script}`, import.meta.url)));
    for (const name of names) expect(exported, `${name} of ${file}`).toContain(name);
  }
});

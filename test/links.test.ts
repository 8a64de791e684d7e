/** Links between the pages of the documentation lead somewhere: to a file that is there, and to a heading in it. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['', 'docs', 'fixtures', 'fixtures/demo'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutBlocks = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');

/** Names of a page's headings in links, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...withoutBlocks(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-'),
  );

/** What a page links to within the repository. */
function targetsOf(page: string): string[] {
  const text = withoutBlocks(read(page));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
  return links.map(([, target]) => target!).filter((target) => !/^[a-z]+:/.test(target));
}

test.each(pages.filter((page) => targetsOf(page).length > 0))('%s', (page) => {
  for (const target of targetsOf(page)) {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    expect(existsSync(join(root, file)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file), target).toContain(anchor);
  }
});

test('every page of docs can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const target of targetsOf(page)) {
      const file = normalize(join(dirname(page), target.split('#')[0]!));
      if (file.endsWith('.md')) reached.add(file);
    }
  }
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
});

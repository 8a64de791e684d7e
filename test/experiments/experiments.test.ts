/** The page of the experiments shows what was measured: tables and charts are those of the stored results. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { render as renderHeads } from './heads/render.js';
import { render as renderPlanted } from './planted/render.js';
import { fillPage, PAGE, readResults, resultFile } from './results.js';
import { render as renderVit } from './vit/render.js';

/** What is made of results. */
interface Rendered {
  readonly parts: Record<string, string>;
  readonly charts: Record<string, string>;
}

describe.each([
  ['heads.jsonl', renderHeads],
  ['planted.jsonl', renderPlanted],
  ['vit.jsonl', renderVit],
] as const)('%s', (name, render) => {
  const { parts, charts } = render(readResults(name)) as Rendered;

  test('docs/experiments.md has its tables', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(fillPage(page, parts)).toBe(page);
  });

  test('its charts are those of docs/experiments, and the page shows them', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const [file, svg] of Object.entries(charts)) {
      expect(readFileSync(resultFile(file), 'utf8')).toBe(svg);
      expect(page).toContain(`(experiments/${file})`);
    }
  });
});

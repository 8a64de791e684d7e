/** A page of 1,024 heads: how large it is, and what it takes a browser to open it. */

import { statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ReportPage } from '../../src/report/report.js';
import { browserForTests, chromiumNote, hasChromium } from '../support/browser.js';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { run } from '../support/program.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';
import { makeRows, measure } from './heads.js';

const folder = temporaryFolder();
const open = browserForTests();

const LAYERS = 32;
const HEADS = 32;
const MOST_NODES = 50_000;
/** A head has a dozen, and there is the map; all heads together have some 12,000. */
const MOST_FIGURES = 20;
const MOST_BYTES = 15e6;

const names = { keys: 'K.npy', queries: 'Q.npy', command: 'levattn report', version: '0.0.0' };

/** A page with all that a head of n = 4,096 rows and d = 128 columns can fill, output errors included, 1,024 times. */
async function fullPage(): Promise<string> {
  const K = makeRows(4096, 128, 1, 60);
  const report = await measure(K, makeRows(128, 128, 2, 6), { eps: 0.01, heads: LAYERS * HEADS });
  for (const map of report.queries!.maps) expect(map.score.length).toBe(60);
  const random = randomFrom(3);
  const coverage = report.coverage!;
  const page = new ReportPage();
  for (let at = 0; at < LAYERS * HEADS; at++) {
    const functions = coverage.functions.map((own) => ({
      ...own,
      needed: own.needed!.map((row) => ({ ...row, k: 1 + Math.floor(4096 * random()) })),
      coverage: own.coverage.map((row) => ({ ...row, mass: random(), errorMedian: random(), errorMean: random() })),
    }));
    const place = { layer: Math.floor(at / HEADS), head: at % HEADS };
    page.add({ ...report, label: `${place.layer},${place.head}`, place, coverage: { ...coverage, functions } });
  }
  return page.html(names);
}

describe('1,024 heads', () => {
  let path: string;

  beforeAll(async () => {
    path = folder.write('full.html', await fullPage());
  });

  test('are a page of at most 15 MB', () => {
    expect(statSync(path).size).toBeLessThan(MOST_BYTES);
    expect(statSync(path).size).toBeGreaterThan(MOST_BYTES / 3);
  });

  // What a browser does with that is a second of a processor, or three on a slow day: what bounds it is how much there is to lay out.
  test.skipIf(!hasChromium)(`open with the one head that is asked for laid out${chromiumNote}`, async () => {
    const blank = await open(folder.write('blank.html', '<!doctype html><title>blank</title>'));
    const session = await blank.page.context().newCDPSession(blank.page);
    await session.send('Performance.enable');
    await blank.page.goto(`file://${path}#layer-17-head-21`);
    await blank.page.locator('#layer-17-head-21 figure').first().waitFor();
    const { metrics } = await session.send('Performance.getMetrics');
    const nodes = metrics.find(({ name }) => name === 'Nodes')!.value;
    // Map and table have 1,024 x 14 elements, each with its text.
    expect(nodes).toBeLessThan(MOST_NODES);
    expect(await blank.page.locator('figure:visible').count()).toBeLessThan(MOST_FIGURES);
    expect(await blank.page.locator('#heads-map [data-head]').count()).toBe(1024);
    await blank.page.locator('select[name=measure]').selectOption('kept');
    expect(await blank.page.locator('#heads-map h3').textContent()).toMatch(/^Share of attention kept/);
    expect(blank.said).toEqual([]);
  });

  test('come from one command', async () => {
    const [batch, heads, rows, d] = [LAYERS, HEADS, 12, 4];
    const stacked = (seed: number): Buffer => {
      const values = Float64Array.from({ length: batch * heads * rows * d }, gaussianFrom(randomFrom(seed)));
      return Buffer.concat([npyHeader('<f8', [batch, heads, rows, d]), Buffer.from(values.buffer)]);
    };
    const [K, Q] = [folder.write('K.npy', stacked(1)), folder.write('Q.npy', stacked(2))];
    const page = folder.at('command.html');
    const { code, stderr } = await run(['report', Q, '--keys', K, '--f', 'softmax', '-o', page]);
    expect([code, stderr]).toEqual([0, '']);
    expect(statSync(page).size).toBeLessThan(MOST_BYTES);
  });
});

/** The page of a model in a real browser: its numbers, its map and table by mouse and keyboard, and every head behind them. */

import { beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/report.js';
import { browserForTests, chromiumNote, hasChromium, type OpenPage } from '../support/browser.js';
import { temporaryFolder } from '../support/files.js';
import { reportOf } from './heads.js';
import { collisions, contrasts } from './page-checks.js';
import { fallingBy, keysFor, leverageOf, receivedBy, shareOf } from './plain-loops.js';
import { EPS, errorOf, type ModelHead, makeModel } from './small-model.js';

const folder = temporaryFolder();
const open = browserForTests();

let path: string;
let model: ModelHead[];

beforeAll(async () => {
  model = await makeModel();
  path = folder.write('model.html', reportPage(reportOf(model.map(({ report }) => report))));
});

/** Three digits, as maps and tables have them. */
const digits = (value: number): number => Number(value.toPrecision(3));
const number = (text: string | null | undefined): number => Number(text?.replaceAll(',', '') ?? Number.NaN);

/** What cells of the map say, in the order of the heads. */
const cellsOf = ({ page }: OpenPage): Promise<string[]> =>
  page
    .locator('#heads-map [data-head]')
    .evaluateAll((cells) =>
      cells
        .sort((a, b) => Number(a.getAttribute('data-head')) - Number(b.getAttribute('data-head')))
        .map((cell) => cell.getAttribute('aria-label')!),
    );

const numbersOf = async (opened: OpenPage): Promise<number[]> =>
  (await cellsOf(opened)).map((label) => number(label.split(': ')[1]));

/** Cells of the table, in the order of its rows. */
const tableOf = ({ page }: OpenPage): Promise<string[][]> =>
  page
    .locator('#heads-table tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...(row as HTMLTableRowElement).cells].map(({ textContent }) => textContent!)),
    );

const columnOf = async (opened: OpenPage, title: string): Promise<string[]> => {
  const titles = await opened.page.locator('#heads-table thead th').allTextContents();
  const at = titles.indexOf(title);
  expect(titles).toContain(title);
  return (await tableOf(opened)).map((row) => row[at]!);
};

const name = ({ layer, head }: ModelHead): string => `layer ${layer}, head ${head}`;
const choose = (opened: OpenPage, field: string, value: string) =>
  opened.page.locator(`select[name=${field}]`).selectOption(value);

describe.skipIf(!hasChromium)(`in Chromium${chromiumNote}`, () => {
  describe('numbers are those of plain loops', () => {
    test('in the map, for every measure', async () => {
      const opened = await open(path);
      const of = (value: (head: ModelHead) => number): number[] => model.map((head) => digits(value(head)));
      const received = ({ K, Q }: ModelHead, f = 'softmax'): number[] => receivedBy(K, Q, f);
      const best = (head: ModelHead, f?: string): number =>
        keysFor(received(head, f), fallingBy(received(head, f)), 0.9);
      expect(await cellsOf(opened)).toEqual(model.map((head) => `${name(head)}: ${best(head)}`));
      await choose(opened, 'f', 'power:2');
      expect(await numbersOf(opened)).toEqual(of((head) => best(head, 'power:2')));
      await choose(opened, 'f', 'softmax');
      await choose(opened, 'measure', 'k90');
      const byLeverage = ({ K }: ModelHead): number[] => fallingBy(leverageOf(K));
      expect(await numbersOf(opened)).toEqual(of((head) => keysFor(received(head), byLeverage(head), 0.9)));
      await choose(opened, 'measure', 'kept');
      await choose(opened, 'k', '24');
      expect(await numbersOf(opened)).toEqual(of((head) => 100 * shareOf(received(head), byLeverage(head), 24)));
      await choose(opened, 'measure', 'unevenness');
      const largest = ({ K }: ModelHead): number => Math.max(...leverageOf(K));
      expect(await numbersOf(opened)).toEqual(of((head) => (largest(head) * head.K.rows) / head.K.d));
      await choose(opened, 'measure', 'universal');
      expect(await numbersOf(opened)).toEqual(of(({ K }) => leverageOf(K).filter((score) => score >= EPS).length));
      expect(opened.said).toEqual([]);
    });

    test('output errors where they were measured: in the map, and as a curve', async () => {
      const opened = await open(`${path}#layer-1-head-3`);
      await choose(opened, 'measure', 'error-median');
      await choose(opened, 'k', '16');
      expect(await numbersOf(opened)).toEqual(model.map(({ layer, head }) => digits(100 * errorOf(layer, head, 16))));
      await choose(opened, 'measure', 'error-mean');
      expect(await numbersOf(opened)).toEqual(model.map(({ layer, head }) => digits(150 * errorOf(layer, head, 16))));
      const figure = opened.page.locator('#layer-1-head-3-figure-output-error-softmax');
      expect(await figure.locator('svg').isVisible()).toBe(true);
      const rows = await figure
        .locator('tbody tr')
        .evaluateAll((all) =>
          all.map((row) => [...(row as HTMLTableRowElement).cells].map((cell) => cell.textContent!)),
        );
      for (const [k, median, mean] of rows.map((row) => row.map(number))) {
        expect(median! / (100 * errorOf(1, 3, k!))).toBeCloseTo(1, 5);
        expect(mean! / (150 * errorOf(1, 3, k!))).toBeCloseTo(1, 5);
      }
    });

    test('in the table; rows of padding are in none of them', async () => {
      const opened = await open(path);
      expect(await columnOf(opened, 'head')).toEqual(model.map(name));
      expect((await columnOf(opened, 'keys')).map(number)).toEqual(model.map(({ K }) => K.rows));
      expect(new Set(model.map(({ K }) => K.rows))).toEqual(new Set([160, 100]));
      const first = model.map(({ K, Q }) =>
        keysFor(receivedBy(K, Q, 'softmax'), fallingBy(receivedBy(K, Q, 'softmax')), 0.9),
      );
      expect((await columnOf(opened, 'k for 90 %, best')).map(number)).toEqual(first);
      const all = model.reduce((sum, { K }) => sum + K.rows, 0);
      const needed = first.reduce((sum, k) => sum + k, 0);
      expect(await opened.page.locator('section[aria-labelledby=heads-title]').textContent()).toContain(
        `takes at least ${needed.toLocaleString('en')} of the ${all.toLocaleString('en')} keys of all heads (${digits((100 * needed) / all)} %)`,
      );
    });

    test('figures of a padded head end where its tokens do', async () => {
      const { page } = await open(`${path}#keys-layer-2-head-1`);
      expect(await page.locator('.facts').textContent()).toContain('keys × columns100 × 6');
      const rowsOf = (figure: string) =>
        page
          .locator(`#keys-layer-2-head-1-figure-${figure} tbody tr`)
          .evaluateAll((all) =>
            all.map((row) => [...(row as HTMLTableRowElement).cells].map((cell) => cell.textContent!)),
          );
      const { K } = model.find(({ layer, head }) => layer === 2 && head === 3)!;
      const scores = leverageOf(K);
      const positions = await rowsOf('positions');
      expect(positions.map(([row]) => number(row))).toEqual(scores.map((_, i) => 30 + i));
      for (const [i, [, score]] of positions.entries()) expect(number(score) / scores[i]!).toBeCloseTo(1, 5);
      const sorted = await rowsOf('sorted');
      expect(sorted.length).toBe(100);
      expect(number(sorted.at(-1)![1]) / Math.min(...scores)).toBeCloseTo(1, 5);
      const labels = await page.locator('#keys-layer-2-head-1-figure-positions text.soft').allTextContents();
      const ticks = labels.map(Number).filter((value) => value >= 10);
      expect(Math.min(...ticks)).toBeGreaterThanOrEqual(30);
      expect(Math.max(...ticks)).toBeLessThan(130);
    });
  });

  describe('the table', () => {
    const order = async (opened: OpenPage): Promise<string[]> => (await tableOf(opened)).map(([head]) => head!);
    const sorts = ({ page }: OpenPage) =>
      page
        .locator('#heads-table thead th')
        .evaluateAll((heads) =>
          heads.flatMap((head) => (head.ariaSort ? [`${head.textContent} ${head.ariaSort}`] : [])),
        );
    const by = (value: (head: ModelHead) => number): string[] =>
      model
        .map((head, at) => ({ head, at, value: value(head) }))
        .sort((a, b) => b.value - a.value || a.at - b.at)
        .map(({ head }) => name(head));

    test('is sorted by a click, and back', async () => {
      const opened = await open(path);
      expect(await sorts(opened)).toEqual(['head ascending']);
      const sizes = ({ K }: ModelHead): number => leverageOf(K).filter((score) => score >= EPS).length;
      await opened.page.getByRole('button', { name: '|U|' }).click();
      expect(await order(opened)).toEqual(by(sizes));
      expect(await sorts(opened)).toEqual(['|U| descending']);
      await opened.page.getByRole('button', { name: 'head', exact: true }).click();
      expect(await order(opened)).toEqual(model.map(name));
    });

    test('is sorted by keyboard, and stays so when another measure is chosen', async () => {
      const opened = await open(path);
      const { page } = opened;
      const button = page.getByRole('button', { name: 'largest / average leverage' });
      await button.press('Enter');
      const unevenness = ({ K }: ModelHead): number => Math.max(...leverageOf(K)) * K.rows;
      expect(await order(opened)).toEqual(by(unevenness));
      await button.press('Space');
      expect(await sorts(opened)).toEqual(['largest / average leverage ascending']);
      expect(await order(opened)).toEqual(by((head) => -unevenness(head)));
      await choose(opened, 'k', '8');
      expect(await sorts(opened)).toEqual(['largest / average leverage ascending']);
      const values = (await columnOf(opened, 'largest / average leverage')).map(number);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    });
  });

  describe('a head', () => {
    const shown = ({ page }: OpenPage) => page.locator('main h2').allTextContents();

    test('is reached in the map by keyboard alone', async () => {
      const opened = await open(path);
      const { page } = opened;
      expect(await shown(opened)).toEqual([]);
      const inMap = () => page.evaluate(() => document.activeElement?.closest('#heads-map')?.id);
      for (let i = 0; i < 20 && !(await inMap()); i++) await page.keyboard.press('Tab');
      expect(await inMap()).toBe('heads-map');
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowDown', 'ArrowUp']) {
        await page.keyboard.press(key);
      }
      expect(await page.evaluate(() => document.activeElement!.getAttribute('aria-label'))).toMatch(
        /^layer 1, head 1: /,
      );
      await page.keyboard.press('End');
      await page.keyboard.press('PageDown');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.locator('#layer-2-head-3').waitFor();
      expect(await shown(opened)).toEqual(['Layer 2, head 3']);
      expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('Layer 2, head 3');
      expect(new URL(page.url()).hash).toBe('#layer-2-head-3');
      // The map is one stop on the way, at the cell where one was.
      expect(await page.locator('#heads-map [tabindex="0"]').getAttribute('aria-label')).toMatch(/^layer 2, head 3: /);
      expect(await page.locator('[aria-current]').count()).toBe(2);
    });

    test('is reached in the table by keyboard, and by going back', async () => {
      const opened = await open(path);
      const { page } = opened;
      await page.getByRole('link', { name: 'layer 0, head 2', exact: true }).press('Enter');
      await page.locator('#layer-0-head-2').waitFor();
      await page.locator('#heads-map [data-head="5"]').click();
      await page.locator('#layer-1-head-1').waitFor();
      expect(await shown(opened)).toEqual(['Layer 1, head 1']);
      await page.goBack();
      await page.locator('#layer-0-head-2').waitFor();
      expect(await shown(opened)).toEqual(['Layer 0, head 2']);
      const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      expect(opened.said).toEqual([]);
      expect(new Set(opened.requests.map((url) => url.split('#')[0]))).toEqual(new Set([page.url().split('#')[0]]));
    });

    test('is reached by its address, with its own figures; its keys are drawn once, apart', async () => {
      const opened = await open(`${path}#layer-1-head-2`);
      const { page } = opened;
      const titles = await page.locator('main figure h3').allTextContents();
      expect(titles.filter((title) => /^Leverage|Singular|\|U\|/.test(title))).toEqual([]);
      expect(titles.length).toBeGreaterThan(4);
      expect(await page.locator('main svg').count()).toBe(titles.length);
      await page.locator('main').getByRole('link', { name: 'layer 1, key head 1' }).click();
      await page.locator('#keys-layer-1-head-1').waitFor();
      expect(await page.locator('main figure h3').allTextContents()).toEqual([
        'Leverage scores by position',
        'Leverage scores, sorted',
        '|U| against eps',
        'Singular values of K',
      ]);
      expect(await page.locator('main section').getByRole('link').allTextContents()).toEqual([
        'layer 1, head 2',
        'layer 1, head 3',
      ]);
    });

    test('has a verdict with numbers, and coverage without Lewis weights', async () => {
      const { page } = await open(`${path}#layer-0-head-0`);
      const lines = await page.locator('.verdict li').allTextContents();
      expect(lines[1]).toMatch(/^softmax, all attention: at k = 8 (?:\S+(?: norm)? [\d.]+ %(?:, |; )){4}.* Best: /);
      const { K, Q } = model[0]!;
      const share = shareOf(receivedBy(K, Q, 'softmax'), fallingBy(leverageOf(K)), 8);
      expect(lines[1]).toContain(`leverage ${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %`);
      const legend = await page.locator('#layer-0-head-0-figure-coverage-softmax svg text').allTextContents();
      expect(legend.slice(0, 5)).toEqual(['leverage', 'centred-norm', 'first+last', 'random', 'best afterwards']);
      expect(legend.join()).not.toMatch(/lewis/i);
    });

    test('has a map of heavy entries that zooms within the tokens', async () => {
      const { page, said } = await open(`${path}#layer-2-head-0`);
      const figure = page.locator('main figure[data-map]').first();
      await figure.locator('.map').press('+');
      expect(await figure.locator('output').textContent()).toMatch(/^keys 55 – 104, queries 55 – 104: /);
      await figure.locator('.map').press('0');
      expect(await figure.locator('output').textContent()).toMatch(/^keys 30 – 129, queries 30 – 129: /);
      expect(said).toEqual([]);
    });
  });

  test('measures are chosen by keyboard', async () => {
    const opened = await open(path);
    const { page } = opened;
    const title = () => page.locator('#heads-map h3').textContent();
    expect(await title()).toBe('k for 90 % of attention, best fixed set, softmax (keys)');
    await page.locator('select[name=measure]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await title()).toMatch(/^Share of attention kept at k = \d+, leverage, softmax \(%\)$/);
    await page.locator('select[name=selection]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await title()).toMatch(/first\+last, softmax/);
  });

  test('without scripts all heads are in the map and in the table, and no button or field does nothing', async () => {
    const { page } = await open(path, { javaScriptEnabled: false });
    expect(await page.locator('#heads-table tbody tr:visible').count()).toBe(12);
    expect(await page.locator('#heads-map [data-head]').count()).toBe(12);
    expect(await page.locator('button:visible, select:visible').count()).toBe(0);
    expect(await page.locator('noscript').textContent()).toMatch(/levattn report --svg/);
  });

  test.each(['light', 'dark'] as const)('%s, as the system is: every text stands out by 4.5', async (colorScheme) => {
    for (const hash of ['#layer-2-head-1', '#keys-layer-0-head-0']) {
      const opened = await open(`${path}${hash}`, { colorScheme });
      await opened.page.locator('details').evaluateAll((all) => {
        for (const one of all) (one as HTMLDetailsElement).open = true;
      });
      const found = await contrasts(opened);
      expect(found.length).toBeGreaterThan(300);
      expect(found.filter(([, contrast]) => contrast < 4.5)).toEqual([]);
    }
  });

  test.each([320, 390, 1600])(
    '%i pixels wide: nothing sticks out, and no text lies on another or on a line',
    async (width) => {
      for (const hash of ['#layer-2-head-1', '#keys-layer-0-head-0']) {
        const opened = await open(`${path}${hash}`, { viewport: { width, height: 800 } });
        expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(await collisions(opened)).toEqual([]);
        const [map, table] = [
          (await opened.page.locator('#heads-map').boundingBox())!,
          (await opened.page.locator('#heads-table').boundingBox())!,
        ];
        expect(table.y > map.y + map.height - 1).toBe(width < 800);
      }
    },
  );
});

/** The page of one head in a real browser: it renders, its controls work by keyboard, it can be read, and it loads nothing. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { HeadReport } from '../../src/report/model.js';
import { reportPage } from '../../src/report/report.js';
import { browserForTests, chromiumNote, hasChromium, type OpenPage } from '../support/browser.js';
import { temporaryFolder } from '../support/files.js';
import { makeRows, measure, reportOf } from './heads.js';
import { collisions, contrasts } from './page-checks.js';

const folder = temporaryFolder();
const open = browserForTests();
const EPS = 0.03;

const EVIL = `"><img src=x onerror=alert(1)><script>alert('2')</script>&'\u0007.npy`;

let single: string;
let head: HeadReport;

beforeAll(async () => {
  head = await measure(makeRows(200, 6, 0), makeRows(50, 6, 9, 3), { eps: EPS, heads: 3 });
  single = folder.write('single.html', reportPage(reportOf([head], { keys: EVIL, command: EVIL })));
});

/** What a table of a figure holds, by the figure's title. */
const tableOf = ({ page }: OpenPage, title: string): Promise<string[][]> =>
  page
    .locator('figure', { has: page.getByRole('heading', { name: title, exact: true }) })
    .locator('tbody')
    .evaluate((body) =>
      [...(body as HTMLTableSectionElement).rows].map((row) =>
        [...row.cells].map(({ textContent }) => textContent ?? ''),
      ),
    );

const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

describe.skipIf(!hasChromium)(`in Chromium${chromiumNote}`, () => {
  test('it renders without a word on the console, and asks for nothing but itself', async () => {
    const opened = await open(single);
    const { page, said, requests } = opened;
    const figures = page.locator('figure');
    expect(await figures.count()).toBe(10);
    for (const figure of await figures.all()) {
      const { width, height } = (await figure.locator('svg').boundingBox())!;
      expect(Math.min(width, height)).toBeGreaterThan(200);
      expect(await figure.locator('tbody tr').count()).toBeGreaterThan(5);
    }
    await page.locator('summary').first().click();
    expect(await page.locator('table').first().isVisible()).toBe(true);
    expect(said).toEqual([]);
    expect(requests).toEqual([page.url()]);
  });

  test('names of files are text, whatever is in them', async () => {
    const { page, said } = await open(single);
    const shown = EVIL.replace('\u0007', '\uFFFD');
    expect(await page.title()).toContain(shown);
    expect(await page.locator('h1').textContent()).toContain(shown);
    expect(await page.locator('footer code').textContent()).toBe(shown);
    expect(await page.locator('script:not([type])').count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    expect(said).toEqual([]);
  });

  test('tables hold the numbers', async () => {
    const opened = await open(single);
    const { positions, sizes, queries } = head;
    const rows = await tableOf(opened, 'Leverage scores by position');
    expect(rows.map(([row]) => number(row))).toEqual(rows.map((_, i) => i));
    for (const [i, [, score]] of rows.entries()) expect(number(score) / positions.largest[i]!).toBeCloseTo(1, 5);
    const curve = await tableOf(opened, '|U| against eps');
    expect(curve.map(([, size]) => number(size))).toEqual(sizes.map(({ size }) => size));
    const [map] = queries!.maps;
    const entries = await tableOf(opened, 'Heavy entries, f = softmax');
    expect(entries.map((cells) => cells.map(number))).toEqual(
      map!.score.slice(0, 200).map((score, i) => [map!.query[i], map!.key[i], Number(score.toPrecision(6))]),
    );
  });

  describe('the map of heavy entries', () => {
    const first = async (opened: OpenPage) => {
      const figure = opened.page.locator('figure[data-map]').first();
      return { figure, map: figure.locator('.map'), said: figure.locator('output') };
    };

    /** Entries that lie in what the map says it shows. */
    async function expectView(opened: OpenPage, keys: [number, number], queries: [number, number]): Promise<void> {
      const { said, figure } = await first(opened);
      const [map] = head.queries!.maps;
      const inside = [...map!.key.keys()].filter(
        (i) =>
          map!.key[i]! >= keys[0] &&
          map!.key[i]! <= keys[1] &&
          map!.query[i]! >= queries[0] &&
          map!.query[i]! <= queries[1],
      );
      expect(await said.textContent()).toBe(
        `keys ${keys[0]} – ${keys[1]}, queries ${queries[0]} – ${queries[1]}: ${inside.length} entries`,
      );
      const rows = await figure.locator('tbody tr').allTextContents();
      expect(rows.length).toBe(Math.min(200, inside.length));
    }

    test('zooms and moves by keys', async () => {
      const opened = await open(single);
      const { page } = opened;
      const { map } = await first(opened);
      const before = await map.innerHTML();
      // It is reached by Tab alone.
      for (let i = 0; i < 30 && !(await map.evaluate((node) => node === document.activeElement)); i++) {
        await page.keyboard.press('Tab');
      }
      expect(await map.evaluate((node) => node === document.activeElement)).toBe(true);
      await page.keyboard.press('+');
      await expectView(opened, [50, 149], [13, 37]);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowUp');
      await expectView(opened, [75, 174], [7, 31]);
      await page.keyboard.press('-');
      await page.keyboard.press('-');
      await expectView(opened, [0, 199], [0, 49]);
      expect(await map.innerHTML()).toBe(before);
      await page.keyboard.press('Enter');
      await page.keyboard.press('0');
      await expectView(opened, [0, 199], [0, 49]);
      expect(opened.said).toEqual([]);
    });

    test('does not scroll the page with its keys, nor takes those of the browser', async () => {
      const opened = await open(single, { viewport: { width: 900, height: 400 } });
      const { map } = await first(opened);
      await map.focus();
      const scrolled = await opened.page.evaluate(() => scrollY);
      await opened.page.keyboard.press('ArrowDown');
      expect(await opened.page.evaluate(() => scrollY)).toBe(scrolled);
      await opened.page.keyboard.press('Control+0');
      await expectView(opened, [0, 199], [0, 49]);
    });

    test('zooms by buttons, from the keyboard', async () => {
      const opened = await open(single);
      const { figure } = await first(opened);
      const out = figure.getByRole('button', { name: 'zoom out' });
      expect(await out.getAttribute('aria-disabled')).toBe('true');
      await figure.getByRole('button', { name: 'zoom in' }).press('Enter');
      await expectView(opened, [50, 149], [13, 37]);
      expect(await out.getAttribute('aria-disabled')).toBe('false');
      await figure.getByRole('button', { name: 'show all' }).press('Space');
      await expectView(opened, [0, 199], [0, 49]);
    });

    test('zooms to a rectangle that is drawn, and to where it is double-clicked', async () => {
      const opened = await open(single);
      const { page } = opened;
      const { map, said } = await first(opened);
      await map.scrollIntoViewIfNeeded();
      const { x, y, width, height } = (await map.locator('.axis').boundingBox())!;
      await page.mouse.move(x + width / 4, y + height / 5);
      await page.mouse.down();
      await page.mouse.move(x + width / 2, y + (2 * height) / 5, { steps: 3 });
      await page.mouse.up();
      const shown = (await said.textContent())!.match(/\d+/g)!.map(Number);
      for (const [i, at] of [50, 99, 10, 19].entries()) expect(Math.abs(shown[i]! - at)).toBeLessThanOrEqual(2);
      await page.keyboard.press('Tab');
      await map.focus();
      await page.keyboard.press('Home');
      await page.mouse.dblclick(x + width / 2, y + height / 2);
      const [from, to] = (await said.textContent())!.match(/\d+/g)!.map(Number);
      expect(to! - from! + 1).toBe(100);
    });
  });

  test.each(['light', 'dark'] as const)('%s, as the system is: every text stands out by 4.5', async (colorScheme) => {
    const opened = await open(single, { colorScheme });
    await opened.page.locator('details').evaluateAll((all) => {
      for (const one of all) (one as HTMLDetailsElement).open = true;
    });
    const found = await contrasts(opened);
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(([, contrast]) => contrast < 4.5)).toEqual([]);
  });

  test('the theme is switched by keyboard, whatever the system is', async () => {
    const { page } = await open(single, { colorScheme: 'dark' });
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const button = page.getByRole('button', { name: /^Theme/ });
    const dark = await paper();
    await button.press('Enter');
    const light = await paper();
    expect(light).toBe('rgb(255, 255, 255)');
    expect(await button.textContent()).toBe('Theme: light');
    await page.emulateMedia({ colorScheme: 'light' });
    await button.press('Enter');
    expect(await paper()).toBe(dark);
    expect(dark).not.toBe(light);
    await button.press('Enter');
    expect(await paper()).toBe(light);
    await button.press('Enter');
    await button.press('Enter');
    await page.emulateMedia({ media: 'print' });
    expect(await paper()).toBe(light);
  });

  test.each([320, 390, 1600])('%i pixels wide: nothing sticks out', async (width) => {
    const { page } = await open(single, { viewport: { width, height: 800 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const [first, second] = await page.locator('section.head figure').all();
    const [a, b] = [(await first!.boundingBox())!, (await second!.boundingBox())!];
    expect(b.y > a.y).toBe(width < 800);
  });

  test('text in figures does not overlap, lies on no line, and within', async () => {
    expect(await collisions(await open(single))).toEqual([]);
  });
});

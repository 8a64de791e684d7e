/** What holds of every page in a browser: text can be read, and does not lie on other text. */

import type { OpenPage } from '../support/browser.js';

/** The contrast of every text that is visible to what lies behind it: the paper, a panel, or the cell that it is written on. */
export const contrasts = ({ page }: OpenPage): Promise<[string, number][]> =>
  page.evaluate(() => {
    const parse = (colour: string): number[] => colour.match(/[\d.]+/g)!.map(Number);
    const luminance = ([r, g, b]: number[]): number => {
      const [x, y, z] = [r!, g!, b!].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x! + 0.7152 * y! + 0.0722 * z!;
    };
    const behind = (node: Element): string => {
      const cell = node.previousElementSibling;
      if (cell?.tagName === 'rect' && getComputedStyle(cell).fill !== 'none') {
        const [around, box] = [cell.getBoundingClientRect(), node.getBoundingClientRect()];
        if (around.left <= box.left && around.right >= box.right) return getComputedStyle(cell).fill;
      }
      for (let at: Element | null = node; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (parse(backgroundColor)[3] !== 0) return backgroundColor;
      }
      return 'rgb(255,255,255)';
    };
    const found: [string, number][] = [];
    for (const node of document.querySelectorAll('body *')) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent!.trim() !== '');
      if (!own || !(node as HTMLElement).checkVisibility() || node.closest('script,title,desc,noscript')) continue;
      const style = getComputedStyle(node);
      const [a, b] = [node instanceof SVGElement ? style.fill : style.color, behind(node)].map((c) =>
        luminance(parse(c)),
      );
      found.push([`${node.tagName} ${node.textContent}`, (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05)]);
    }
    return found;
  });

/** Texts of pictures that lie on one another, on a line of data, or stick out of their picture. */
export const collisions = ({ page }: OpenPage): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const svg of document.querySelectorAll<SVGSVGElement>('svg.chart')) {
      const around = svg.getBoundingClientRect();
      if (around.width === 0) continue;
      const texts = [...svg.querySelectorAll('text')]
        .filter((node) => node.textContent !== '')
        .map((node) => ({ node, box: node.getBoundingClientRect() }));
      // Samples of a legend stand beside their text, all other lines go through the data.
      const points = [...svg.querySelectorAll<SVGPathElement>('path.line')].flatMap((path) => {
        const [length, matrix] = [path.getTotalLength(), path.getScreenCTM()!];
        const steps = Math.ceil(length / 2);
        return Array.from({ length: steps + 1 }, (_, i) =>
          path.getPointAtLength((length * i) / Math.max(1, steps)).matrixTransform(matrix),
        );
      });
      for (const [i, { node, box }] of texts.entries()) {
        if (
          box.left < around.left - 1 ||
          box.right > around.right + 1 ||
          box.top < around.top - 1 ||
          box.bottom > around.bottom + 1
        ) {
          found.push(`${node.textContent} sticks out`);
        }
        if (points.some(({ x, y }) => x > box.left + 1 && x < box.right - 1 && y > box.top + 3 && y < box.bottom - 3)) {
          found.push(`${node.textContent} lies on a line`);
        }
        for (const other of texts.slice(i + 1)) {
          const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          if (wide > 1 && high > 3) found.push(`${node.textContent} and ${other.node.textContent}`);
        }
      }
    }
    return found;
  });

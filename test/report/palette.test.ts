/** Contrast of colours, by the formula of WCAG 2.2. */

import { describe, expect, test } from 'vitest';
import { DARK, LIGHT } from '../../src/report/svg/palette.js';

/** Relative luminance of #rrggbb. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

/** A colour as one sees it who lacks red or green cones (Viénot, Brettel, Mollon, 1999), in linear RGB. */
const BLINDNESS = {
  protanopia: [0.11238, 0.88762, 0],
  deuteranopia: [0.29275, 0.70725, 0],
} as const;

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('%s', (_, { paper, panel, ink, soft, series, heat, ramp, on }) => {
  test('text stands out by 4.5 from paper and panel', () => {
    for (const text of [ink, soft, series[0]!]) {
      expect(contrast(text, paper)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text, panel)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('lines and points stand out by 3 from paper, but for the faintest of heat by 2.5', () => {
    for (const line of series) expect(contrast(line, paper)).toBeGreaterThanOrEqual(3);
    expect(contrast(heat[0]!, paper)).toBeGreaterThanOrEqual(2.5);
    for (const cell of heat.slice(1)) expect(contrast(cell, paper)).toBeGreaterThanOrEqual(3);
  });

  test('heat grows away from the paper', () => {
    const steps = heat.map((cell) => contrast(cell, paper));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    for (const [i, step] of steps.slice(1).entries()) expect(step / steps[i]!).toBeGreaterThan(1.25);
  });

  test('cells: numbers stand out by 4.5 from them, each cell by 1.2 from the one before, all the way from the paper', () => {
    for (const [i, cell] of ramp.entries()) expect(contrast(on[i]!, cell)).toBeGreaterThanOrEqual(4.5);
    for (const [i, cell] of ramp.slice(1).entries()) {
      expect(contrast(cell, ramp[i]!)).toBeGreaterThan(1.2);
      expect(contrast(cell, paper)).toBeGreaterThan(contrast(ramp[i]!, paper));
    }
  });

  test.each(Object.entries(BLINDNESS))('in U and not: two colours with %s, too', (_, [r, g]) => {
    const linear = (colour: string): number[] =>
      [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    const seen = (colour: string): number[] => {
      const [red, green, blue] = linear(colour);
      return [r * red! + g * green!, blue!];
    };
    const [[a, b], [c, d]] = [seen(series[0]!), seen(series[1]!)];
    expect(Math.hypot(a! - c!, b! - d!)).toBeGreaterThan(0.2);
  });
});

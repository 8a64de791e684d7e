/** Where heads stand in a map, and what they are compared by. */

import { expect, test } from 'vitest';
import type { HeadReport } from '../../src/report/model.js';
import { gridOf } from '../../src/report/overview/grid.js';
import { drawHeatMap } from '../../src/report/overview/heat-map.js';
import { choicesOf, usualChoice } from '../../src/report/overview/measures.js';
import { reportFigures } from '../../src/report/report.js';
import { makeRows, measure, reportOf } from './heads.js';

const places = (list: readonly HeadReport['place'][]) => list.map((place) => ({ place }));

test('rows are layers, examples, or examples of layers; columns are heads', () => {
  const layers = gridOf(
    places([
      { layer: 10, head: 0 },
      { layer: 10, head: 1 },
      { layer: 2, head: 1 },
    ]),
  );
  expect(layers).toMatchObject({ rowName: 'layer', columnName: 'head', rows: ['2', '10'], columns: ['0', '1'] });
  expect(layers.cells).toEqual([
    [undefined, 2],
    [0, 1],
  ]);
  const both = gridOf(places([0, 1].flatMap((layer) => [0, 1].map((batch) => ({ layer, batch, head: 3 })))));
  expect(both).toMatchObject({ rowName: 'layer, batch', rows: ['0, 0', '0, 1', '1, 0', '1, 1'], columns: ['3'] });
  expect(gridOf(places([{ head: 1 }, { head: 0 }]))).toMatchObject({ rowName: '', rows: [''], cells: [[1, 0]] });
  expect(gridOf(places([{ batch: 4 }, { batch: 7 }]))).toMatchObject({ columnName: 'batch', columns: ['4', '7'] });
  expect(gridOf(places([undefined, undefined]))).toMatchObject({ columnName: 'head', columns: ['0', '1'] });
});

const map = (values: readonly number[]): string =>
  drawHeatMap({
    id: 'x',
    title: 'A number',
    description: '',
    grid: gridOf(values.map((_, head) => ({ place: { head } }))),
    values,
    spell: (value) => (Number.isNaN(value) ? '–' : String(value)),
    names: values.map((_, head) => `head ${head}`),
  });

/** Classes of the cells, in order. */
const classes = (svg: string): string[] =>
  [...svg.matchAll(/<g><title>[^<]*<\/title><rect class="([^"]+)"/g)].map(([, name]) => name!);

test('colours go from the smallest number to the largest, by ratios where numbers span much', () => {
  expect(classes(map([10, 11, 12, 13, 14, 15, 16, 17]))).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r6']);
  expect(classes(map([1, 10, 100, 1000]))).toEqual(['r0', 'r2', 'r4', 'r6']);
  expect(classes(map([5, 5]))).toEqual(['r0', 'r0']);
  expect(classes(map([5, Number.NaN]))).toEqual(['r0', 'missing']);
  expect(map([Number.NaN, Number.NaN])).not.toMatch(/NaN|Infinity/);
});

test('without queries heads are compared by their keys; files of maps have what the page has', async () => {
  const heads = [
    { ...(await measure(makeRows(90, 4, 1))), place: { layer: 0, head: 0 } },
    { ...(await measure(makeRows(70, 4, 2))), place: { layer: 0, head: 1 } },
  ];
  const choices = choicesOf(heads);
  expect(choices.measures.map(({ id }) => id)).toEqual(['unevenness', 'universal']);
  expect(usualChoice(choices, heads).measure).toBe('unevenness');
  const files = [...reportFigures(reportOf(heads))];
  expect(files.map(({ name }) => name).filter((name) => name.startsWith('heads-'))).toEqual([
    'heads-unevenness.svg',
    'heads-universal.svg',
  ]);
  const universal = files.find(({ name }) => name === 'heads-universal.svg')!.text;
  for (const [at, { universal: size }] of heads.entries()) expect(universal).toContain(`layer 0, head ${at}: ${size}<`);
  expect(universal).not.toMatch(/var\(|<a |NaN/);
});

/** Tables and charts of measured heads. */

import { lineChart } from '../line-chart.js';
import { percent, table } from '../results.js';
import { EPS } from './measure.js';

/** In the order of the tables. */
const SELECTIONS = [
  'observed',
  'q-filter',
  'expected',
  'centred-norm',
  'leverage',
  'key-norm',
  'first+last',
  'random',
  'best afterwards',
];

/**
 * @param lines - results as they were written
 * @returns parts of the page and charts beside it
 */
export function render(lines) {
  const [{ machine, cores, node }, ...heads] = lines;
  const seconds = heads.reduce((sum, head) => sum + head.seconds, 0);
  return {
    parts: {
      'heads-run': `${heads.length} heads, ${seconds.toFixed(0)} s on one thread (${machine}, ${cores} cores, Node ${node}).\n`,
      'heads-profile': profileTable(heads),
      'heads-softmax': coverageTable(heads, 'softmax', 'entries'),
      'heads-square': coverageTable(heads, 'power:2', 'entries'),
      'heads-mass': coverageTable(heads, 'softmax', 'mass'),
      'heads-tightness': tightnessTable(heads),
    },
    charts: { 'heads-profile.svg': profileChart(heads), 'heads-universal.svg': universalChart(heads) },
  };
}

const profileTable = (heads) =>
  table(
    [
      'head',
      'keys',
      'd',
      'queries',
      'largest τ / average',
      '\\|U\\| at eps 0.05',
      'at most',
      '\\|U\\| at eps 0.01',
      'at most',
    ],
    heads.map(({ head, n, d, rank, queries, profile, universal }) => [
      head,
      n,
      d,
      queries,
      profile[0][1].toFixed(2),
      ...[0.05, 0.01].flatMap((eps) => [universal[eps], Math.min(n, Math.floor(rank / eps))]),
    ]),
  );

/** Shares of heavy entries, or of all attention, at every size. */
const coverageTable = (heads, f, of) =>
  table(
    ['head', ...(of === 'entries' ? ['entries'] : []), ...SELECTIONS, ...(of === 'mass' ? ['best per query'] : [])],
    heads
      .filter(({ coverage }) => of === 'mass' || coverage[f].entries > 0)
      .map(({ head, coverage }) => [
        head,
        ...(of === 'entries' ? [coverage[f].entries] : []),
        ...SELECTIONS.map((name) => spell(coverage[f].shares[name][of])),
        ...(of === 'mass' ? [spell(coverage[f].perQuery)] : []),
      ]),
  );

const spell = (shares) => shares.map(percent).join(' / ');

const tightnessTable = (heads) =>
  table(
    ['head', 'p', 'σ, median', 'largest', 'one pass / σ', 'Lewis / σ', `σ >= ${EPS}`, 'one pass', 'Lewis'],
    heads.flatMap(({ head, sensitivities }) =>
      Object.entries(sensitivities).map(([p, { median, largest, reaching, bounds }]) => [
        head,
        p,
        median.toPrecision(2),
        largest.toPrecision(2),
        ...Object.values(bounds).map((bound) => `${bound.median.toFixed(2)} (${bound.largest.toFixed(2)})`),
        reaching,
        ...Object.values(bounds).map((bound) => bound.reaching),
      ]),
    ),
  );

const profileChart = (heads) =>
  lineChart({
    title: 'Leverage scores in falling order',
    x: { label: 'share of the keys', ticks: [0.00002, 0.0001, 0.001, 0.01, 0.1, 1], log: true },
    y: { label: 'score / average score', ticks: [0, 1, 2, 3, 4, 5, 6, 7] },
    lines: heads.map(({ head, profile }) => ({ name: head, points: profile })),
  });

const universalChart = (heads) =>
  lineChart({
    title: '|U| against eps',
    x: { label: 'eps / average score (rank / n)', ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10], log: true },
    y: { label: '|U| / n', ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    lines: [
      // At eps equal to the score of place i, U has i keys.
      ...heads.map(({ head, profile }) => ({ name: head, points: profile.map(([share, score]) => [score, share]) })),
      {
        name: 'theorem: at most',
        bound: true,
        dash: '5 4',
        points: [0.1, ...Array.from({ length: 40 }, (_, i) => 10 ** (i / 39))].map((x) => [x, Math.min(1, 1 / x)]),
      },
    ],
  });

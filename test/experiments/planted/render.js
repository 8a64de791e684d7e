/** Tables and charts of what was recovered of a planted set. */

import { lineChart } from '../line-chart.js';
import { percent, table } from '../results.js';
import { EPS, KINDS, RANKINGS } from './measure.js';

/**
 * @param lines - results as they were written
 * @returns parts of the page and charts beside it
 */
export function render(lines) {
  const [{ machine, cores, node, d, planted }, ...runs] = lines;
  const seconds = runs.reduce((sum, line) => sum + line.seconds, 0);
  const keys = runs.filter(({ about }) => about === 'keys');
  const most = Math.max(...keys.map(({ n }) => n));
  return {
    parts: {
      'planted-run': `d = ${d}, ${planted} planted keys, ${runs.length} runs, ${seconds.toFixed(0)} s on one thread (${machine}, ${cores} cores, Node ${node}).\n`,
      'planted-limits': limitsTable(keys, d, planted),
      'planted-keys': keysTable(keys.filter(({ n }) => n === most)),
      'planted-entries': entriesTable(runs.filter(({ about }) => about === 'entries')),
    },
    charts: {
      'planted-threshold.svg': thresholdChart(keys, d, planted),
      'planted-spread.svg': recoveryChart(keys, 'spread', most, planted),
      'planted-crowd.svg': recoveryChart(keys, 'crowd', most, planted),
    },
  };
}

/** Up to which noise all is right, for every kind and n. */
const limitsTable = (keys, d, planted) =>
  table(
    [
      'noise',
      'n',
      'x²: U is the planted set',
      'in theory',
      'x⁴: U is the planted set',
      'x⁴: U has all of them',
      ...RANKINGS.map((name) => `best by ${name}`),
    ],
    KINDS.flatMap((kind) =>
      [...new Set(keys.map(({ n }) => n))].map((n) => {
        const lines = keys.filter((line) => line.kind === kind && line.n === n);
        const upTo = (holds) => lines.findLast((_, at) => lines.slice(0, at + 1).every(holds))?.sigma ?? 'never';
        return [
          kind,
          n,
          upTo(({ u }) => u[2].planted === planted && u[2].size === planted),
          Math.sqrt((d / EPS / (kind === 'crowd' ? 2 : 1) - planted) / n).toPrecision(2),
          upTo(({ u }) => u[4].planted === planted && u[4].size === planted),
          upTo(({ u }) => u[4].planted === planted),
          ...RANKINGS.map((name) => upTo(({ ranked }) => ranked[name] === 1)),
        ];
      }),
    ),
  );

const keysTable = (keys) =>
  table(
    [
      'noise',
      'σ',
      'τ of planted keys',
      ...[2, 4].flatMap((p) => [`x${superscript(p)}: in U`, 'keys of U']),
      ...RANKINGS,
    ],
    keys.map(({ kind, sigma, tau, u, ranked }) => [
      kind,
      sigma,
      tau.toPrecision(2),
      ...Object.values(u).flatMap(({ size, planted }) => [planted, size]),
      ...RANKINGS.map((name) => percent(ranked[name])),
    ]),
  );

const entriesTable = (lines) =>
  table(
    [
      'noise',
      'ρ',
      ...[2, 4].flatMap((p) => [`x${superscript(p)}: asked for`, 'heavy', 'of U', 'of the longest', 'of random']),
    ],
    lines.map(({ kind, past, rho, found }) => [
      `${kind}${past ? ', past it' : ''}`,
      rho,
      ...Object.values(found).flatMap(({ asked, heavy, ofU, byNorm, byChance }) => [
        percent(asked),
        heavy,
        ...[ofU, byNorm, byChance].map((share) => (heavy > 0 ? percent(share) : '')),
      ]),
    ]),
  );

const superscript = (p) => ({ 2: '²', 4: '⁴' })[p];

const NOISE = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const SHARES = { ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] };

/** x^2, spread: U against noise in the unit in which theory has one threshold for all n. */
const thresholdChart = (keys, d, planted) =>
  lineChart({
    title: `x², U at eps ${EPS}: one threshold for every n`,
    x: { label: 'n σ², the noise of all keys', ticks: [1, 10, 100, 1000, 10000, 100000, 1000000], log: true },
    y: { label: 'planted keys that are in U', ...SHARES },
    lines: [
      ...[...new Set(keys.map(({ n }) => n))].map((n) => ({
        name: `n = ${n.toLocaleString('en')}`,
        points: keys
          .filter((line) => line.kind === 'spread' && line.n === n)
          .map(({ sigma, u }) => [n * sigma ** 2, u[2].planted / planted]),
      })),
      { name: 'd / eps − s', bound: true, dash: '5 4', points: [0, 1].map((y) => [d / EPS - planted, y]) },
    ],
  });

/** What is recovered at the largest n, in one kind of noise. */
const recoveryChart = (keys, kind, n, planted) => {
  const lines = keys.filter((line) => line.kind === kind && line.n === n);
  const line = (name, of) => ({ name, points: lines.map((line) => [line.sigma, of(line)]) });
  return lineChart({
    title: `Planted keys among ${kind === 'crowd' ? 'a crowd' : 'spread noise'}, n = ${n.toLocaleString('en')}`,
    x: { label: 'noise σ', ticks: NOISE, log: true },
    y: { label: 'share', ...SHARES },
    lines: [
      line('x²: planted keys in U', ({ u }) => u[2].planted / planted),
      line('x⁴: planted keys in U', ({ u }) => u[4].planted / planted),
      // What lies below is whole, what may lie on it is dotted.
      { ...line(`longest ${planted}`, ({ ranked }) => ranked['key norm']), dash: '' },
      { ...line(`best ${planted} by leverage`, ({ ranked }) => ranked.leverage), dash: '2 4' },
      line(`${planted} at random`, ({ ranked }) => ranked.random),
    ],
  });
};

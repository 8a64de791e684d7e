/**
 * What is left to know of functions other than x^2, in two tables. How many keys cannot be ruled out for functions other than x^2, by each certificate, on generated keys: n = 20,000,
 * d = 16, eps = 0.05, seed 1, blocks of 1,024 rows. `t3`: every entry from Student's t with 3 degrees of freedom; `t3 rows`:
 * Gaussian rows, each divided by one such scale. And how tight scores are: for every function and kind of keys, against brute
 * force, the median of upper / lower and of the error of the estimate over the entries of 200 queries.
 */

import { createKernels, heavyEntries, LeverageSketch, parseFunction } from '../../dist/index.js';
import { gaussianFrom, randomFrom } from '../support/random.js';
import { table } from './support.js';

const N = 20_000;
const D = 16;
const EPS = 0.05;
const BLOCK_ROWS = 1024;

/** Fills a matrix row by row. */
function fill(seed, rowOf) {
  const normal = gaussianFrom(randomFrom(seed));
  /** sqrt(chi^2_3 / 3). */
  const scale = () => Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
  const values = new Float64Array(N * D);
  for (let i = 0; i < N; i++) values.set(rowOf(normal, scale), i * D);
  return values;
}

const row = (entry) => Float64Array.from({ length: D }, entry);

const KEYS = {
  Gaussian: () => fill(1, (normal) => row(normal)),
  t3: () => fill(1, (normal, scale) => row(() => normal() / scale())),
  't3 rows': () =>
    fill(1, (normal, scale) => {
      const length = scale();
      return row(() => normal() / length);
    }),
};

/** Kinds for the second table: as the algorithms must stand them. */
const MORE_KEYS = {
  ...KEYS,
  outliers: () => {
    const values = fill(1, (normal) => row(normal));
    for (let i = 0; i < N; i += 1000) for (let j = 0; j < D; j++) values[i * D + j] *= 100;
    return values;
  },
  'units of columns': () => fill(1, (normal) => row(normal).map((value, j) => value * 10 ** (j % 8))),
  drifting: () => fill(1, (normal) => row(normal)).map((value, at) => value * 10 ** ((3 * at) / (N * D))),
  planted: () => {
    const values = fill(1, (normal) => row(normal).map((value) => 0.01 * value));
    for (let j = 0; j < D; j++) values[(997 * j + 13) * D + j] += 10;
    return values;
  },
};

const FUNCTIONS = [
  ...['power:0.5', 'power:1', 'power:1.5', 'power:3', 'power:4', 'power:8'],
  ...['huber:1', 'pseudo-huber:1', 'l1-l2', 'fair:1', 'logcosh'],
];

/** Queries of the second table: Gaussian ones, and the longest keys. */
function queriesFor(values) {
  const queries = fill(2, (normal) => row(normal)).slice(0, 200 * D);
  const norm = (i) => values.subarray(i * D, (i + 1) * D).reduce((sum, value) => sum + value * value, 0);
  const norms = Float64Array.from({ length: N }, (_, i) => norm(i));
  const longest = [...norms.keys()].sort((i, j) => norms[j] - norms[i]).slice(0, 100);
  for (const [k, i] of longest.entries()) queries.set(values.subarray(i * D, (i + 1) * D), (100 + k) * D);
  return queries;
}

/** sum_l f(<q, k_l>) of every query, and f of one product. */
function bruteForce(values, queries, f) {
  const product = (q, l) => {
    let sum = 0;
    for (let j = 0; j < D; j++) sum += queries[q * D + j] * values[l * D + j];
    return f.evaluate(sum);
  };
  const sums = Float64Array.from({ length: 200 }, (_, q) => {
    let sum = 0;
    for (let l = 0; l < N; l++) sum += product(q, l);
    return sum;
  });
  return (q, l) => product(q, l) / sums[q];
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** |U|, entries, and how tight they are; throws where a score lies outside its bounds, or an entry is missing. */
async function tightness(values, f, kernels) {
  const set = select(values, f, 'auto', kernels);
  const queries = queriesFor(values);
  const exact = bruteForce(values, queries, f);
  const ratios = [];
  const errors = [];
  let heavy = 0;
  for await (const batch of heavyEntries(set, [{ start: 0, rows: 200, d: D, values: queries }], { f, kernels })) {
    for (let i = 0; i < batch.count; i++) {
      const score = exact(batch.query[i], batch.key[i]);
      const { lower, upper } = batch.bounds;
      if (!(lower[i] <= score * (1 + 1e-9) && score <= upper[i] * (1 + 1e-9)))
        throw new Error(`${f.name}: out of bounds`);
      if (score >= EPS * (1 + 1e-9)) heavy++;
      ratios.push(upper[i] / lower[i]);
      errors.push(Math.abs(batch.score[i] / score - 1));
    }
  }
  let due = 0;
  for (let q = 0; q < 200; q++) for (let l = 0; l < N; l++) if (exact(q, l) >= EPS * (1 + 1e-9)) due++;
  if (due !== heavy) throw new Error(`${f.name}: ${heavy} heavy entries of ${due}`);
  return { size: set.index.length, heavy, ratios, errors };
}

async function tightnessTable(kernels) {
  console.log(`\n## Scores within bounds: n = ${N}, d = ${D}, eps = ${EPS}, 200 queries\n`);
  const rows = [];
  for (const [kind, make] of Object.entries(MORE_KEYS)) {
    const values = make();
    for (const name of FUNCTIONS) {
      const f = parseFunction(name);
      const { size, heavy, ratios, errors } = await tightness(values, f, kernels);
      const tight =
        ratios.length > 0 ? [median(ratios).toPrecision(3), `${(100 * median(errors)).toPrecision(2)} %`] : ['', ''];
      rows.push([kind, name, size, theory(f.growth), heavy, ratios.length, ...tight]);
    }
  }
  table(
    ['keys', 'f', String.raw`\|U\|`, 'by theory at most', 'heavy', 'written', 'upper / lower', 'error of the estimate'],
    rows,
  );
}

/** Every function with each of its certificates. */
const WAYS = [
  ['power:4', 'lewis'],
  ['power:4', 'gram'],
  ['power:4', 'auto'],
  ['power:4', 'auto, 2 passes'],
  ['power:4', 'tensor'],
  ['power:3', 'auto'],
  ['power:8', 'auto'],
  ['power:1', 'lewis'],
  ['power:1', 'gram'],
  ['power:1', 'auto'],
  ['power:1.3', 'auto'],
  ['huber:1', 'auto'],
  ['power:2', 'exact'],
];

/** The most keys by theory, where weights fit all rows: d^(p/2) / eps for p > 2, d / eps for p <= 2, d / eps^2 for Huber. */
function theory({ a, b }) {
  const power = EPS ** (b / a);
  return Math.round(b > 2 ? D ** (b / 2) / power : D / power);
}

function select(values, f, way, kernels) {
  const certificate = way.split(',')[0];
  const options = { d: D, eps: EPS, kernels, f, blockRows: BLOCK_ROWS };
  const sketch = new LeverageSketch(certificate === 'exact' ? options : { ...options, certificate });
  sketch.add({ start: 0, rows: N, d: D, values });
  if (!way.endsWith('2 passes')) return sketch.finish();
  sketch.beginSecondPass();
  const slot = sketch.newSlot();
  for (let at = 0; at < N; ) {
    const rows = Math.min(slot.room, N - at);
    slot.next('float64').set(values.subarray(at * D, (at + rows) * D));
    slot.filled(rows);
    sketch.ingestAgain(slot);
    at += rows;
  }
  return sketch.finish();
}

/** Prints the table. */
export async function benchGuarantees() {
  const kernels = createKernels();
  const kinds = Object.entries(KEYS).map(([name, make]) => ({ name, values: make() }));
  console.log(`## Keys that cannot be ruled out: n = ${N}, d = ${D}, eps = ${EPS}\n`);
  table(
    ['f', 'certificate', ...kinds.flatMap(({ name }) => [`keys, ${name}`, 'S', 'T']), 'by theory at most'],
    WAYS.map(([name, way]) => {
      const f = parseFunction(name);
      const cells = kinds.flatMap(({ values }) => {
        const { index, lewis, dropped } = select(values, f, way, kernels);
        return [index.length, lewis && lewis.p > 2 ? lewis.sum.toFixed(0) : '', dropped.toPrecision(2)];
      });
      return [name, way, ...cells, theory(f.growth)];
    }),
  );
  await tightnessTable(kernels);
}

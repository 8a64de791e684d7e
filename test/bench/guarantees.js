/**
 * How many keys cannot be ruled out for functions other than x^2, by each certificate, on generated keys: n = 20,000,
 * d = 16, eps = 0.05, seed 1, blocks of 1,024 rows. `t3`: every entry from Student's t with 3 degrees of freedom; `t3 rows`:
 * Gaussian rows, each divided by one such scale.
 */

import { createKernels, LeverageSketch, parseFunction } from '../../dist/index.js';
import { table } from './support.js';

const N = 20_000;
const D = 16;
const EPS = 0.05;
const BLOCK_ROWS = 1024;

/** Uniform numbers in [0, 1) from a seed. */
function uniformFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Fills a matrix row by row. */
function fill(seed, rowOf) {
  const uniform = uniformFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
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
  sketch.beginAgain();
  const slot = sketch.newSlot();
  for (let at = 0; at < N; ) {
    const rows = Math.min(slot.room, N - at);
    slot.next('float64').set(values.subarray(at * D, (at + rows) * D));
    slot.filled(rows);
    sketch.takeAgain(slot);
    at += rows;
  }
  return sketch.finish();
}

/** Prints the table. */
export function benchGuarantees() {
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
}

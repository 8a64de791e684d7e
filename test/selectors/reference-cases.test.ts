/**
 * What every selector chooses of small awkward heads (ties, copies, zero rows, float16, fewer keys than windows, causal attention) against the
 * reference that the selections are specified by (../shared/spec, NumPy and SciPy), where that is there.
 */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { loadMatrix } from '../support/fixtures.js';
import { askNumpy } from '../support/numpy.js';
import { scipy } from '../support/scipy.js';
import { contextOf, ordered } from './support.js';

const script = fileURLToPath(new URL('../../../shared/spec/selectors_reference.py', import.meta.url));
const there = scipy && existsSync(script);
const folder = temporaryFolder();

interface Case {
  readonly rows: readonly number[];
  readonly offset: number | null;
  /** Whether scores are equal that rounding may tell apart. */
  readonly ties: boolean;
  readonly scores: Readonly<Record<string, readonly (number | null)[]>>;
  readonly orders: Readonly<Record<string, readonly number[]>>;
}

const ANSWERS = `
import sys
sys.path.insert(0, given['spec'])
import selectors_reference as r
rng = np.random.default_rng(23)
found = {}

def case(name, K, Q, V, rows, dtype=np.float64, offset=None, ties=False):
    for role, X in (('K', K), ('Q', Q), ('V', V)):
        np.save(f"{given['folder']}/{name}-{role}.npy", np.asarray(X).astype(dtype))
    K, Q, V = (np.asarray(X).astype(dtype).astype(float) for X in (K, Q, V))
    n, d = K.shape
    rows = np.asarray(rows)
    q, s = Q[rows], 1 / np.sqrt(d)
    sees = None if offset is None else np.minimum(rows + 1 + offset, n)
    of = r.selectors(K, V, q, s, min(n, 24), 7, sees)
    window = min(64, len(q), n)
    some = lambda w: (q[-w:], K, s, None if sees is None else sees[-w:])
    tail = r.snapkv_order(q, K, s, sees=sees, tail=True) if n > window else np.arange(n)[::-1]
    scores = {
        'leverage': of['leverage'], 'centred-leverage': of['centred leverage'], 'centred-leverage:ridge=1': of['ridge leverage 1'],
        'lewis:p=1': of['lewis p=1'], 'lewis:p=4': of['lewis p=4'], 'key-norm': of['key norm'], 'small-key-norm': of['small key norm'],
        'centred-norm': of['centred norm'], 'keydiff': of['keydiff'], 'observed': of['observed attention'],
        'observed-largest': of['observed largest'], 'tova': of['tova'], 'expected': of['expected attention'],
        'expected-normalised': of['normalised expected attention'], 'mean-query': of['mean query'], 'q-filter': of['q-filter'],
        'cur': of['cur product'],
        'snapkv': r.average_pool(r.column_sums(*some(window))[0]),
        'observed:window=2': r.observed_attention(r.column_sums(*some(min(2, len(q))))[0], min(2, len(q)), some(min(2, len(q)))[3]),
    }
    orders = {'kernel-pivots': of['kernel pivots'], 'rp-cholesky': of['rp-cholesky'], 'first+last': of['first+last'], 'random': of['random'],
              'snapkv:tail': tail[:window]}
    found[name] = {'rows': rows.tolist(), 'offset': offset, 'ties': ties,
                   'scores': {k: np.asarray(v, float).tolist() for k, v in scores.items()}, 'orders': {k: np.asarray(v).tolist() for k, v in orders.items()}}

g = lambda *shape: rng.normal(size=shape)
some = lambda n, m: np.sort(rng.choice(n, m, replace=False))
K, Q, V = g(200, 8), g(150, 8) + .3, g(200, 5)
case('plain', K, Q, V, some(150, 90))
case('float16', K, Q, V, some(150, 90), np.float16)
case('float32', K * 3 + 1, Q, V, some(150, 40), np.float32)
case('far', K + 300, Q, V, some(150, 40))
case('ties', rng.integers(-2, 3, (150, 4)), rng.integers(-1, 2, (60, 4)), rng.integers(-1, 2, (150, 3)), np.arange(60), ties=True)
Z = K.copy(); Z[::5] = 0; Y = Q.copy(); Y[7] = 0; W = V.copy(); W[3] = 0
case('zeros', Z, Y, W, np.arange(70), ties=True)
case('copies', g(10, 6)[np.arange(130) % 10], g(40, 6), g(130, 4), np.arange(40), ties=True)
case('alike', np.full((9, 3), 2.), g(30, 3), g(9, 2), np.arange(30), ties=True)
case('one', g(1, 4), g(20, 4), g(1, 3), np.arange(20))
case('two', g(2, 4), g(20, 4), g(2, 3), np.arange(20), ties=True)
case('few', g(5, 3), g(90, 3), g(5, 2), np.arange(90))
case('wide', g(6, 12), g(40, 12), g(6, 2), np.arange(40), ties=True)
case('single-query', g(60, 5), g(3, 5), g(60, 2), [1])
case('last', K, Q, V, np.arange(100, 150), offset=0)
case('first', K, Q, V, np.arange(30), offset=0)
case('behind', K, Q, V, np.arange(0, 150, 3), offset=50)
case('long', K * 8, Q * 2, V, some(150, 30))
print(json.dumps(found))
`;

const cases: Readonly<Record<string, Case>> = there
  ? askNumpy(ANSWERS, { spec: dirname(script), folder: folder.at('') })
  : {};

/** Lewis weights are worked out to 1e-4 each. */
const toleranceOf = (asked: string): number => (asked.startsWith('lewis') ? 1e-3 : 1e-9);

describe.skipIf(!there)('the reference (../shared/spec/selectors_reference.py)', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const { rows, offset, ties, scores, orders } = cases[name];
    const [K, Q, V] = ['K', 'Q', 'V'].map((role) => loadMatrix(folder.at(`${name}-${role}.npy`)));
    const plain = contextOf(K, Q, rows, { values: { width: V.d, rows: Float64Array.from(V.values) } });
    const context = {
      ...plain,
      observed: { ...plain.observed!, sees: offset === null ? undefined : { offset } },
    };
    for (const [asked, given] of Object.entries(scores)) {
      const found = await ordered(asked, K, context);
      expect(
        [...found].sort((a, b) => a - b),
        asked,
      ).toEqual(Array.from({ length: K.rows }, (_, j) => j));
      const score = given.map((one) => one ?? Number.NEGATIVE_INFINITY);
      const falling = [...score].sort((a, b) => b - a);
      const margin = toleranceOf(asked) * Math.max(...score.map(Math.abs));
      for (const k of [1, 2, 5, 17, 64, K.rows - 1].filter((one) => one >= 1 && one < K.rows)) {
        const taken = new Set(found.subarray(0, k));
        for (const [j, one] of score.entries()) {
          if (one > falling[k - 1] + margin) expect(taken.has(j), `${asked}: ${j} is among the first ${k}`).toBe(true);
          if (one < falling[k - 1] - margin) expect(taken.has(j), `${asked}: ${j} is not among ${k}`).toBe(false);
        }
      }
    }
    for (const [asked, order] of Object.entries(orders)) {
      // Which of equal residuals is the larger is up to rounding.
      if (ties && ['kernel-pivots', 'rp-cholesky'].includes(asked)) continue;
      const many = Math.min(order.length, 24);
      expect([...(await ordered(asked, K, context, many))].slice(0, many), asked).toEqual(order.slice(0, many));
    }
  });
});

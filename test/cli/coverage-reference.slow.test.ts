/**
 * What coverage, select-keys --by and coreset make of files: float16, grouped queries, masks of keys and of queries, causal attention, kept keys
 * beyond k, lists of rows in every format, against the reference that the selections are specified by (../shared/spec), where that is there.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, numpy } from '../support/numpy.js';
import { errorLine } from '../support/program.js';
import { scipy } from '../support/scipy.js';

const script = fileURLToPath(new URL('../../../shared/spec/selectors_reference.py', import.meta.url));
const folder = temporaryFolder();
const at = (file: string): string => folder.at(file);

const FILES = `
import sys
rng = np.random.default_rng(29)
f = given['folder']
K = rng.normal(size=(2, 70, 6)) * 2; Q = rng.normal(size=(4, 90, 6)) + .3; V = rng.normal(size=(2, 70, 5))
K[:, 10] = K[:, 3]; K[:, 20] = 0
K, Q, V = (X.astype(np.float16) for X in (K, Q, V))
keys = np.arange(70) % 7 != 0; queries = np.arange(90) % 5 != 1
for name, X in (('K', K), ('Q', Q), ('V', V), ('K0', K[0]), ('Q0', Q[0]), ('V0', V[0]), ('keys', keys), ('queries', queries)): np.save(f"{f}/{name}.npy", X)
rows = np.arange(0, 70, 3)[::-1]
np.save(f"{f}/rows.npy", rows); np.save(f"{f}/twice.npy", np.array([5, 9, 5]))
open(f"{f}/rows.txt", 'w').write('\\n'.join(map(str, rows)) + '\\n')
open(f"{f}/rows.csv", 'w').write('index,score\\n' + ''.join(f'{row},0.5\\n' for row in rows))
open(f"{f}/rows.ndjson", 'w').write(''.join('{"row": %d}\\n' % row for row in rows))
np.savetxt(f"{f}/float.txt", rows)
open(f"{f}/heads.csv", 'w').write('head,index\\n' + ''.join(f'{h},{row}\\n' for h in (1, 0) for row in rows[h:]))
open(f"{f}/beyond.csv", 'w').write('head,index\\n0,1\\n2,3\\n')
open(f"{f}/words.txt", 'w').write('one\\ntwo\\n')
open(f"{f}/line.txt", 'w').write('3,5,9\\n')
open(f"{f}/half.txt", 'w').write('3\\n5.5\\n')
`;

const ANSWERS = `
import sys
sys.path.insert(0, given['spec'])
import selectors_reference as r
K, Q, V = (np.load(f"{given['folder']}/{role}.npy").astype(float) for role in 'KQV')
keys, queries = np.arange(70) % 7 != 0, np.arange(90) % 5 != 1
NAMES = {'leverage': 'leverage', 'centred norm': 'centred-norm', 'key norm': 'key-norm', 'observed attention': 'observed', 'snapkv': 'snapkv',
         'expected attention': 'expected', 'q-filter': 'q-filter', 'kernel pivots': 'kernel-pivots'}
def measured(*arrays, sizes=(1, 9, 70), **how):
    of = r.measure(*arrays, sizes=sizes, observe='last:30', **how)
    one = lambda own: {'mass': own['attention'], 'error': [e['median'] for e in own['error']] if 'error' in own else None}
    return {'queries': of['measured'], 'sizes': of['sizes'], 'of': {b: one(of['selectors'][a]) for a, b in NAMES.items()}, 'perQuery': of['best per query']}
s = 1 / np.sqrt(6)
shares = lambda h: np.mean([r.softmax_rows(Q[g], K[h], s).mean(axis=0) for g in (2 * h, 2 * h + 1)], axis=0)
kept = r.keep(r.by_score(r.norms(r.centred(K[0]))), 70, 4, 12)
total = r.column_sums(Q[0], K[0], s)[0]
print(json.dumps({
  'heads': [measured(K[h // 2], Q[h], V[h // 2]) for h in range(4)],
  'causal': measured(K[0], Q[0], causal=True),
  'masked': measured(K[0][keys], Q[0][queries], V[0][keys], sizes=(1, 9, 60)),
  'group': [r.by_score(shares(h))[:9].tolist() for h in (0, 1)],
  'kept': [r.share(total, kept, k) for k in (3, 9, 20)],
}))
`;

const run = runnerInTurn();

interface Measured {
  readonly queries: number;
  readonly sizes: readonly number[];
  readonly of: Readonly<Record<string, { readonly mass: readonly number[]; readonly error: readonly number[] | null }>>;
  readonly perQuery: readonly number[];
}

interface Row {
  readonly selection: string;
  readonly k: number;
  readonly mass: number;
  readonly error?: { readonly median: number };
}

const ok = async (args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

const rowOf = (report: { functions: { coverage: Row[] }[] }, selection: string, k: number): Row =>
  report.functions[0].coverage.find((row) => row.selection === selection && row.k === k)!;

describe.skipIf(!numpy)('files', () => {
  beforeAll(() => {
    askNumpy(`${FILES}\nprint(0)`, { folder: at('') });
  });

  describe.skipIf(!scipy || !existsSync(script))('the reference (../shared/spec/selectors_reference.py)', () => {
    let wanted: {
      readonly heads: readonly Measured[];
      readonly causal: Measured;
      readonly masked: Measured;
      readonly group: readonly (readonly number[])[];
      readonly kept: readonly number[];
    };
    beforeAll(() => {
      wanted = askNumpy(ANSWERS, { spec: dirname(script), folder: at('') });
    });

    const BY = 'leverage,centred-norm,key-norm,observed,snapkv,expected,q-filter,kernel-pivots';
    const measure = async (args: readonly string[]) =>
      JSON.parse(await ok(['coverage', '--f', 'softmax', '--by', BY, '--observe', 'last:30', '--json', ...args]));

    function expectSame(report: Parameters<typeof rowOf>[0] & { queries: number }, one: Measured): void {
      expect(report.queries).toBe(one.queries);
      for (const [at, k] of one.sizes.entries()) {
        for (const [name, { mass, error }] of Object.entries(one.of)) {
          const row = rowOf(report, name, k);
          expect(row.mass, `${name} ${k}`).toBeCloseTo(mass[at], 10);
          if (error) expect(row.error!.median, `${name} ${k}`).toBeCloseTo(error[at], 9);
        }
      }
    }

    test('float16, four heads of queries for two of keys; k = 1 and as many as there are', async () => {
      const files = [at('Q.npy'), '--keys', at('K.npy'), '--values', at('V.npy')];
      const { heads } = await measure([...files, '--k', '1,9,70']);
      expect(heads).toHaveLength(4);
      for (const [h, one] of wanted.heads.entries()) expectSame(heads[h], one);
    });

    test('causal', async () => {
      expectSame(await measure([at('Q0.npy'), '--keys', at('K0.npy'), '--causal', '--k', '1,9,70']), wanted.causal);
    });

    test('padding among keys and among queries counts nowhere; beyond the keys that count k is all of them', async () => {
      const masks = ['--mask', at('keys.npy'), '--query-mask', at('queries.npy')];
      const files = [at('Q0.npy'), '--keys', at('K0.npy'), '--values', at('V0.npy')];
      expectSame(await measure([...files, ...masks, '--k', '1,9,70']), wanted.masked);
    });

    test('more kept keys than k', async () => {
      const args = [at('Q0.npy'), '--keys', at('K0.npy'), '--f', 'softmax', '--by', 'centred-norm', '--json'];
      const report = JSON.parse(await ok(['coverage', ...args, '--keep', 'first:4,last:12', '--k', '3,9,20']));
      for (const [i, k] of [3, 9, 20].entries()) {
        expect(rowOf(report, 'centred-norm', k).mass).toBeCloseTo(wanted.kept[i], 10);
      }
    });

    test('keys by all heads of queries that share them: select-keys, and what coreset keeps as it is', async () => {
      const list = (text: string) =>
        text
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').slice(0, 2).map(Number));
      const args = [at('K.npy'), '--queries', at('Q.npy')];
      const chosen = list(await ok(['select-keys', ...args, '--by', 'observed', '--top', '9', '--format', 'csv']));
      expect(chosen).toEqual(wanted.group.flatMap((rows, head) => rows.map((row) => [head, row])));
      await ok(['coreset', ...args, '--for', 'softmax', '--size', '70', '--quiet', '-o', at('C.arrow')]);
      await ok(['convert', at('C.arrow'), '--columns', 'head,index', '-o', at('C.csv')]);
      const kept = readFileSync(at('C.csv'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',').map(Number));
      for (const head of [0, 1]) {
        const own = kept.filter(([of]) => of === head).map(([, row]) => row);
        expect(own.slice(0, 9)).toEqual(wanted.group[head]);
      }
    });
  });

  describe('lists of rows', () => {
    const single = () => ['coverage', at('Q0.npy'), '--keys', at('K0.npy'), '--f', 'softmax', '--by', 'key-norm'];

    test('npy, text, CSV and NDJSON name the same keys in the same order', async () => {
      const files = ['rows.npy', 'rows.txt', 'rows.csv', 'rows.ndjson', 'float.txt'];
      const lists = files.flatMap((file) => ['--rows', `${file}=${at(file)}`]);
      const report = JSON.parse(await ok([...single(), ...lists, '--k', '4,24', '--json']));
      for (const k of [4, 24]) {
        for (const file of files) expect(rowOf(report, file, k).mass).toBe(rowOf(report, 'rows.npy', k).mass);
      }
      expect(rowOf(report, 'rows.npy', 4).mass).not.toBe(rowOf(report, 'key-norm', 4).mass);
    });

    test.each(['arrow', 'parquet', 'csv', 'ndjson'])(
      'what select-keys --by writes as %s is that selection',
      async (ending) => {
        const file = at(`choice.${ending}`);
        await ok(['select-keys', at('K0.npy'), '--by', 'key-norm', '--top', '12', '--quiet', '-o', file]);
        const report = JSON.parse(await ok([...single(), '--rows', `mine=${file}`, '--k', '5,12', '--json']));
        for (const k of [5, 12]) expect(rowOf(report, 'mine', k).mass).toBe(rowOf(report, 'key-norm', k).mass);
        const attended = ['attend', at('Q0.npy'), '--keys', at('K0.npy'), '--values', at('V0.npy'), '--rows', file];
        await ok([...attended, '-o', at(`${ending}.npy`)]);
      },
    );

    test('columns that say whose rows they are: of each head its own', async () => {
      const args = ['coverage', at('K.npy'), '--keys', at('K.npy'), '--f', 'softmax', '--by', 'key-norm', '--k', '3'];
      const { heads } = JSON.parse(await ok([...args, '--rows', `mine=${at('heads.csv')}`, '--json']));
      expect(heads.map((one: Parameters<typeof rowOf>[0]) => rowOf(one, 'mine', 24)?.k)).toEqual([24, undefined]);
      expect(rowOf(heads[1], 'mine', 23).k).toBe(23);
    });

    test('a row that is named twice counts once, and it is said', async () => {
      const { code, stderr } = await run([...single(), '--rows', `mine=${at('twice.npy')}`, '--json']);
      expect([code, stderr.trim()]).toEqual([
        0,
        expect.stringMatching(/^levattn: warning: \S+twice\.npy: names row 5 twice; each counts once, .*first$/),
      ]);
    });

    test.each([
      ['words.txt', /words\.txt: no column of whole numbers, but a list of rows is a column index/],
      ['line.txt', /line\.txt: 3 columns of numbers, but a list of rows/],
      ['half.txt', /half\.txt: element 1 is 5\.5; rows are whole numbers counted from 0/],
      ['heads.csv', /heads\.csv: has columns head, index, but K is one matrix/],
      ['K0.npy', /K0\.npy: float16 array of shape \(70, 6\), but a list of rows/],
    ])('%s is none', async (file, message) => {
      for (const args of [
        [...single(), '--rows', `mine=${at(file)}`],
        [
          'attend',
          at('Q0.npy'),
          '--keys',
          at('K0.npy'),
          '--values',
          at('V0.npy'),
          '--rows',
          at(file),
          '-o',
          at('x.npy'),
        ],
      ]) {
        const outcome = await run(args);
        expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
      }
    });

    test('a head that K has not', async () => {
      const outcome = await run(['coverage', at('K.npy'), '--keys', at('K.npy'), '--rows', `mine=${at('beyond.csv')}`]);
      expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/names head 2, and K has 2/)]);
    });
  });

  test.each([
    [['--by', 'key-norm', '--by', 'key-norm'], 64, /'key-norm' is named twice/],
    [['--queries', 'V0.npy', '--by', 'observed'], 65, /queries have 5 columns where the keys have 6/],
    [
      ['--causal', '--rows', 'c=causal.arrow'],
      64,
      /weights of a coreset hold for queries that see all keys; leave --causal out/,
    ],
  ] as const)('coverage %j is refused', async (args, code, message) => {
    if (args[0] === '--causal') {
      await ok(['coreset', at('K0.npy'), '--for', 'softmax', '--size', '60', '--quiet', '-o', at('causal.arrow')]);
    }
    const named = args.map((one) => one.replace(/(V0\.npy|causal\.arrow)$/, (file) => at(file)));
    const outcome = await run(['coverage', at('Q0.npy'), '--keys', at('K0.npy'), ...named]);
    expect([outcome.code, errorLine(outcome)]).toEqual([code, expect.stringMatching(message)]);
  });

  test('more observed queries than there are is said', async () => {
    const args = [
      'coverage',
      at('Q0.npy'),
      '--keys',
      at('K0.npy'),
      '--by',
      'observed',
      '--observe',
      'last:500',
      '--json',
    ];
    const { code, stdout, stderr } = await run(args);
    expect([code, JSON.parse(stdout.toString()).observed, stderr.trim()]).toEqual([
      0,
      89,
      'levattn: warning: --observe last:500: 89 queries are observed, as one of Q is left to be measured',
    ]);
  });
});

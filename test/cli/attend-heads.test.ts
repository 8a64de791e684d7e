/** `levattn attend --rows` of layers, examples and heads: rows of each, held to NumPy (fixtures/model). */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, numpy } from '../support/numpy.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const MODEL = fixturePath('model/even.npz');
const [K, Q, V] = ['k', 'q', 'v'].map((role) => `${MODEL}::layers.{layer}.${role}`) as [string, string, string];

/** Writes lists of rows in every form, and answers with softmax attention over them, in float64, query head by query head. */
const SCRIPT = `
model, folder = np.load(given['model']), given['folder']
LAYERS, BATCH, HEADS, QUERY_HEADS, N = 3, 2, 2, 4, 24
rng = np.random.default_rng(7)
keep = rng.random((LAYERS, BATCH, HEADS, N)) < 0.3
keep[..., 5] = True
np.save(f'{folder}/keep.npy', np.argwhere(keep))
np.save(f'{folder}/all.npy', np.array([20, 3, 7]))
own = rng.random((LAYERS, BATCH, QUERY_HEADS, N)) < 0.3
own[..., 2] = True
for at in np.ndindex(own.shape[:3]):
    np.save(f'{folder}/own-{at[0]}-{at[1]}-{at[2]}.npy', np.flatnonzero(own[at]))

def attended(rows):
    out = np.zeros((LAYERS, BATCH, QUERY_HEADS, N, 3))
    for l, b, h in np.ndindex(out.shape[:3]):
        of = lambda role, head: model[f'layers.{l}.{role}'][b, head].astype('f8')
        group = h * HEADS // QUERY_HEADS
        j = rows(l, b, h, group)
        z = of('q', h) @ of('k', group)[j].T / np.sqrt(of('k', group).shape[1])
        p = np.exp(z - z.max(1, keepdims=True))
        out[l, b, h] = (p / p.sum(1, keepdims=True)) @ of('v', group)[j]
    return out.reshape(-1).tolist()

print(json.dumps({
    'keep': attended(lambda l, b, h, g: np.flatnonzero(keep[l, b, g])),
    'all': attended(lambda l, b, h, g: [3, 7, 20]),
    'own': attended(lambda l, b, h, g: np.flatnonzero(own[l, b, h])),
}))
`;

describe.skipIf(!numpy)('rows of each head', () => {
  let expected: Readonly<Record<'keep' | 'all' | 'own', readonly number[]>>;
  beforeAll(() => {
    expected = askNumpy(SCRIPT, { model: MODEL, folder: folder.path });
  });

  test.each([
    ['a list with layer, example and head before each row', 'keep.npy', 'keep'],
    ['a list for all of them', 'all.npy', 'all'],
    ['a list for each query head', 'own-{layer}-{batch}-{head}.npy', 'own'],
  ] as const)('%s', async (_, rows, answer) => {
    const out = folder.at('O.npy');
    const { code, stderr } = await run(['attend', Q, '--keys', K, '--rows', folder.at(rows), '--values', V, '-o', out]);
    expect([code, stderr]).toEqual([0, '']);
    const bytes = readFileSync(out);
    expect(bytes.toString('latin1', 0, 128)).toContain(
      "'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 4, 24, 3)",
    );
    const found = Array.from({ length: expected[answer].length }, (_, i) => bytes.readFloatLE(128 + 4 * i));
    expect(bytes.length).toBe(128 + 4 * found.length);
    // Outputs are stored in float32, and below 32: half a unit in their last place.
    for (const [i, value] of expected[answer].entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(2 ** -20);
  });

  test('a list of query heads is refused: rows are those of key heads', async () => {
    askNumpy(
      `np.save(given['path'], np.argwhere(np.ones((3, 2, 4, 24), bool)))
print('null')`,
      { path: folder.at('of-queries.npy') },
    );
    const outcome = await run(['attend', Q, '--keys', K, '--rows', folder.at('of-queries.npy'), '--values', V]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(
        /of-queries\.npy: names head 2, and K has 2; rows are those of key heads, .*rows\{head\}\.npy$/,
      ),
    ]);
  });
});

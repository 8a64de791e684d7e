/**
 * Heads on which no fixed set of keys will do (../shared/data/model-dump, layers 1 to 3, and the stacked passages of real-attention): coverage
 * says so in numbers, and recency, which moves with the query, is measured as each query sees it.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sharedData } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { askNumpy, numpy } from '../support/numpy.js';

const run = runnerInTurn();

interface Expected {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly layers: readonly {
          readonly layer: number;
          readonly sequences: readonly {
            readonly heads: readonly {
              readonly head: number;
              readonly share_last17: number;
              readonly kept_best64: number;
              readonly k90: number;
            }[];
          }[];
        }[];
      }
    >
  >;
}

interface Reported {
  readonly layer: number;
  readonly head: number;
  readonly verdict: readonly string[];
  readonly functions: readonly {
    readonly coverage: readonly { readonly selection: string; readonly k: number; readonly mass: number }[];
    readonly needed: readonly { readonly selection: string; readonly k: readonly number[] }[];
    readonly perQuery: readonly { readonly k: number; readonly mass: number }[];
  }[];
}

const dump = sharedData('model-dump/model/doc.safetensors');
const part = (tensor: string): string => `${dump}::model.layers.{layer}.self_attn.${tensor}`;

const outputOf = async (args: readonly string[]): Promise<string> => {
  const { stdout, stderr, code } = await run(['coverage', ...args, '--f', 'softmax']);
  expect([stderr, code]).toEqual(['', 0]);
  return stdout.toString();
};

const massOf = ({ functions: [{ coverage }] }: Reported, selection: string, k: number): number =>
  coverage.find((row) => row.selection === selection && row.k === k)!.mass;

describe.skipIf(dump === undefined)('a causal model whose heads look at the last tokens', () => {
  const inputs = [part('q'), '--keys', part('k'), '--causal'];
  const wanted = () =>
    (JSON.parse(readFileSync(sharedData('model-dump/model/expected.json')!, 'utf8')) as Expected).files[
      'doc.safetensors'
    ]!.layers.flatMap(({ layer, sequences: [only] }) => only!.heads.map((head) => ({ layer, ...head })));

  test('the last 17 keys of each query, the best 64 and how many keep 90 % are what others counted, on all layers', async () => {
    const args = ['--by', 'centred-norm', '--keep', 'last:17', '--k', '17,64', '--json'];
    const { heads } = JSON.parse(await outputOf([...inputs, ...args])) as { readonly heads: readonly Reported[] };
    const all = wanted();
    expect([heads.length, all.length]).toEqual([32, 32]);
    for (const [at, { layer, head, share_last17, kept_best64, k90 }] of all.entries()) {
      const own = heads[at]!;
      expect([own.layer, own.head]).toEqual([layer, head]);
      expect(massOf(own, 'centred-norm', 17)).toBeCloseTo(share_last17, 9);
      expect(massOf(own, 'best afterwards', 64)).toBeCloseTo(kept_best64, 9);
      expect(own.functions[0]!.needed.find(({ selection }) => selection === 'best afterwards')!.k[0]).toBe(k90);
    }
  });

  test('layers 1 to 3 are said to be per query, with what recency has; layer 0 is not', async () => {
    const { heads } = JSON.parse(
      await outputOf([...inputs, '--by', 'first+last,leverage', '--k', '17,64', '--json']),
    ) as { readonly heads: readonly Reported[] };
    for (const own of heads) {
      const line = own.verdict.find((text) => text.startsWith('softmax, fixed sets:'))!;
      // At 17 keys, or fewer where U has as few.
      const [, keys] = /attention is per query here, no fixed set of (\d+) keys will do/.exec(line) ?? [];
      const isPerQuery = keys !== undefined && Number(keys) <= 17;
      expect([own.layer, own.head, isPerQuery]).toEqual([own.layer, own.head, own.layer > 0]);
      if (!isPerQuery) continue;
      const [{ perQuery }] = own.functions;
      const said = [
        [/own \d+ keys have ([\d.]+) %/, perQuery.find(({ k }) => k === Number(keys))!.mass],
        [/the best \d+ for all of them ([\d.]+) %/, massOf(own, 'best afterwards', Number(keys))],
        [/first\+last, which moves with the query, has ([\d.]+) %/, massOf(own, 'first+last', Number(keys))],
      ] as const;
      // Three digits, two below 10 %.
      for (const [pattern, mass] of said) {
        expect(Number(pattern.exec(line)![1])).toBe(Number((100 * mass).toPrecision(mass < 0.1 ? 2 : 3)));
      }
    }
    const overview = await outputOf([...inputs, '--by', 'first+last', '--k', '17,64']);
    expect(overview).toMatch(
      /\nOn 24 of them attention is per query, and no fixed set will do: layers 1-3, batch 0, heads 0-7\.\n$/,
    );
  });

  test('where the last keys are kept, it is these that move with the query', async () => {
    const { heads } = JSON.parse(
      await outputOf([...inputs, '--by', 'leverage', '--keep', 'last:17', '--k', '17,64', '--layer', '1', '--json']),
    ) as { readonly heads: readonly Reported[] };
    for (const own of heads) {
      const line = own.verdict.find((text) => text.startsWith('softmax, fixed sets:'))!;
      const [, k] = /no fixed set of (\d+) keys will do/.exec(line)!;
      const said = / leverage, with the last 17 keys that each query sees, has ([\d.]+) %\.$/.exec(line)!;
      expect(Number(said[1])).toBe(Number((100 * massOf(own, 'leverage', Number(k))).toPrecision(3)));
    }
  });

  test.skipIf(!numpy)('first+last are those that each query sees, by NumPy', async () => {
    const { heads } = JSON.parse(
      await outputOf([...inputs, '--by', 'first+last', '--k', '3,17,64', '--layer', '1,3', '--json']),
    ) as { readonly heads: readonly Reported[] };
    const files = ['k', 'q'].map((role) => sharedData(`model-dump/model/doc_${role}_stacked.npy`));
    const shares = askNumpy<Readonly<Record<string, readonly number[]>>>(
      `
K, Q = (np.load(name).astype(float)[:, 0] for name in given)
out = {}
for layer in (1, 3):
    for head in range(8):
        x = Q[layer, head] @ K[layer, head // 4].T / np.sqrt(32)
        n = len(x)
        x[np.arange(n)[None, :] > np.arange(n)[:, None]] = -np.inf
        a = np.exp(x - x.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        own = []
        for k in (3, 17, 64):
            first = min(4, k // 2)
            own.append(sum(a[i, sorted({j for j in range(i + 1) if j < first or j > i - (k - first)})].sum() for i in range(n)) / n)
        out[f'{layer} {head}'] = own
print(json.dumps(out))
`,
      files,
    );
    expect(heads).toHaveLength(16);
    for (const own of heads) {
      for (const [at, k] of [3, 17, 64].entries()) {
        expect(massOf(own, 'first+last', k)).toBeCloseTo(shares[`${own.layer} ${own.head}`]![at]!, 9);
      }
    }
  });
});

describe.skipIf(sharedData('real-attention/use-l0h1-passages_k.npy') === undefined)('stacked texts', () => {
  test.each([
    ['use-l0h1-passages', true],
    ['use-l0h1-corpus', true],
    ['use-l0h0-long', false],
    ['ocr-b1h3-line', false],
  ])('%s: per query %s', async (head, isPerQuery) => {
    const [K, Q] = ['k', 'q'].map((role) => sharedData(`real-attention/${head}_${role}.npy`)!);
    const text = await outputOf([Q!, '--keys', K!, '--k', '8,32,128']);
    const said = /softmax, fixed sets: each query's own (\d+) keys have .*: attention is per query here, no fixed set/;
    expect(said.test(text)).toBe(isPerQuery);
  });
});

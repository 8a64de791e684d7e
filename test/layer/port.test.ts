/** docs/layer.md: its PyTorch text, run as it stands, and the layer give the same numbers. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LevAttention } from '../../src/layer/lev-attention.js';
import { distance, headRowsOf, randomCase } from './reference.js';

/** Debian has PyTorch for its own Python alone. */
const python = ['/usr/bin/python3', 'python3'].find((path) => spawnSync(path, ['-c', 'import torch']).status === 0);

const page = readFileSync(new URL('../../docs/layer.md', import.meta.url), 'utf8');
const PORT = /```python\n([\s\S]*?)```/.exec(page)![1];

const COMPARE = `
import json, sys
given = json.load(sys.stdin)
q, k, v, slopes = (torch.tensor(given[x]).reshape(*given['shape'], -1) for x in ('q', 'k', 'v', 'slopes'))
for x in (q, k, v): x.requires_grad_()
out = lev_attention(q, k, v, given['most'])
out.backward(slopes)
print(json.dumps([x.detach().flatten().tolist() for x in (out, q.grad, k.grad, v.grad)]))
`;

test.skipIf(!python)('PyTorch', () => {
  const shape = { batch: 2, heads: 3, m: 20, n: 20, d: 7, width: 5 };
  const given = randomCase(shape);
  const { queries, keys, values, slopes, output } = headRowsOf(shape, given);
  const layer = new LevAttention();
  layer.forward(queries, keys, values, output, { by: 'leverage', k: 6 });
  const [q, k, v] = [queries, keys, values].map((rows) => ({ ...rows, values: new Float32Array(rows.values.length) }));
  layer.backward(slopes, { queries: q, keys: k, values: v });
  const numbers = Object.fromEntries(Object.entries(given).map(([name, array]) => [name, [...array]]));
  const { stdout, stderr } = spawnSync(python!, ['-c', PORT + COMPARE], {
    input: JSON.stringify({ ...numbers, shape: [2, 3, 20], most: 6 }),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const expected = JSON.parse(stdout) as number[][];
  for (const [i, array] of [output.values, q.values, k.values, v.values].entries()) {
    expect(distance(array, expected[i])).toBeLessThan(2e-5);
  }
});

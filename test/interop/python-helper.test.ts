/** The Python helper of docs/recipes.md, as the page shows it, with each Python that has NumPy: its answers are NumPy's, its errors the program's. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { stepsOf } from '../transcript/transcript.js';

const recipes = readFileSync(fileURLToPath(new URL('../../docs/recipes.md', import.meta.url)), 'utf8');
const program = fileURLToPath(new URL('../../bin/levattn.js', import.meta.url));
const folder = temporaryFolder();

/** That of the path, and Debian's. */
const pythons = ['python3', '/usr/bin/python3'].filter(
  (python) => spawnSync(python, ['-c', 'import numpy']).status === 0,
);

beforeAll(() => {
  for (const step of stepsOf(recipes)) {
    if (step.kind === 'file' && step.name === 'levattn_pipes.py') folder.write(step.name, step.content);
  }
  folder.write('levattn', `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(folder.at('levattn'), 0o755);
});

const SCRIPT = `
import os, sys
import numpy as np
from levattn_pipes import LevattnError, heavy, universal_set

K, Q = (np.load(path).astype(np.float64) for path in sys.argv[1:])
left = set(os.listdir(os.environ['TMPDIR']))

def shares(products):
    return products / products.sum(axis=1, keepdims=True)

def check(entries, A, eps, error=1e-9):
    near = np.abs(A - eps) < error
    assert not near.any(), 'eps is too near to a score to compare'
    found = np.column_stack([entries['query'], entries['key']])
    assert np.array_equal(found, np.argwhere(A >= eps)), 'entries'
    assert len(found) > 0, 'nothing to compare'
    np.testing.assert_allclose(entries['score'], A[A >= eps], rtol=error)
    assert entries['query'].dtype == np.int64 and entries['score'].dtype == np.float64

# U and entries of x^2, also of a K in Fortran order.
leverage = (np.linalg.qr(K)[0] ** 2).sum(axis=1)
for keys in (K, np.asfortranarray(K)):
    U = universal_set(keys, eps=0.05)
    assert U.dtype == np.int64 and np.array_equal(U, np.flatnonzero(leverage >= 0.05)), 'U'
check(heavy(K, Q), shares((Q @ K.T) ** 2), 0.05)

# Softmax, causal: what takes no value is an option, underscores are dashes. Its denominators are float32 in part.
products = Q @ K.T / np.sqrt(K.shape[1])
offset = 100
products[np.arange(len(K))[None, :] > np.arange(len(Q))[:, None] + offset] = -np.inf
A = shares(np.exp(products - products.max(axis=1, keepdims=True)))
check(heavy(K, Q, f='softmax', causal=True, query_offset=offset), A, 0.05, error=1e-5)

# Heads: the places stand before the rest.
heads = K.reshape(2, len(K) // 2, -1)
expected = [(h, j) for h in range(2) for j in np.flatnonzero((np.linalg.qr(heads[h])[0] ** 2).sum(axis=1) >= 0.05)]
assert np.array_equal(universal_set(heads), expected), 'U of heads'
entries = heavy(heads, Q.reshape(2, len(Q) // 2, -1))
assert entries.dtype.names == ('head', 'query', 'key', 'score')
second = entries[entries['head'] == 1]
check(second, shares((Q[len(Q) // 2:] @ heads[1].T) ** 2), 0.05)

# No entry at all.
none = heavy(K, Q, eps=1)
assert len(none) == 0 and none.dtype.names == ('query', 'key', 'score')

# Errors: the program's line and exit code, and nothing is left.
for question, code, line in [
    (lambda: heavy(K[:, :3], Q), 65, f'queries have {Q.shape[1]} columns where the keys have 3'),
    (lambda: universal_set(K * np.nan), 65, 'row 0, column 0: NaN'),
    (lambda: universal_set(K, eps=2), 64, '--eps'),
]:
    try:
        question()
    except LevattnError as error:
        text = str(error)
        assert error.code == code and text.startswith('levattn: ') and line in text and '\\n' not in text, (error.code, text)
    else:
        raise AssertionError(line)
assert set(os.listdir(os.environ['TMPDIR'])) == left, 'left behind'
print('done')
`;

test.skipIf(pythons.length === 0)('its answers are those of NumPy', { tags: ['slow'] }, () => {
  for (const [i, python] of pythons.entries()) {
    mkdirSync(folder.at(`tmp${i}`));
    const { status, stdout, stderr } = spawnSync(
      python,
      ['-W', 'error', '-c', SCRIPT, fixturePath('demo/planted-K.npy'), fixturePath('demo/planted-Q.npy')],
      {
        cwd: folder.path,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}`, TMPDIR: folder.at(`tmp${i}`) },
      },
    );
    expect(stderr, python).toBe('');
    expect(stdout).toBe('done\n');
    expect(status).toBe(0);
  }
});

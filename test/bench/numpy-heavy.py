"""What a NumPy user would write: every entry of the attention matrix >= eps, brute force blocked over K, two passes.

numpy-heavy.py K.npy Q.npy EPS [ROWS]    prints the number of entries <q, k_j>^2 / sum_l <q, k_l>^2 >= EPS
"""
import sys

import numpy as np

keys, queries, eps = sys.argv[1], sys.argv[2], float(sys.argv[3])
rows = int(sys.argv[4]) if len(sys.argv) > 4 else 8192
K = np.load(keys, mmap_mode="r")
Q = np.load(queries)
total = np.zeros(len(Q))
for i in range(0, len(K), rows):
    X = Q @ K[i : i + rows].T
    np.square(X, out=X)
    total += X.sum(axis=1)
least = (eps * total).astype(np.float32)[:, None]
query, key, score = [], [], []
for i in range(0, len(K), rows):
    X = Q @ K[i : i + rows].T
    np.square(X, out=X)
    q, k = np.nonzero(X >= least)
    query.append(q)
    key.append(i + k)
    score.append(X[q, k] / total[q])
order = np.lexsort((np.concatenate(key), np.concatenate(query)))
print(len(np.concatenate(score)[order]))

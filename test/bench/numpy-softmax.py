"""What a NumPy user would write: every softmax entry >= eps, brute force blocked over K, one pass with a running maximum.

numpy-softmax.py K.npy Q.npy EPS [ROWS]    prints the number of entries softmax(Q K^T / sqrt(d)) >= EPS
"""
import sys

import numpy as np

keys, queries, eps = sys.argv[1], sys.argv[2], float(sys.argv[3])
rows = int(sys.argv[4]) if len(sys.argv) > 4 else 1024
K = np.load(keys, mmap_mode="r")
Q = np.load(queries)
Q = Q / np.float32(np.sqrt(K.shape[1]))
most = np.full(len(Q), -np.inf, np.float32)
total = np.zeros(len(Q))
query, key, logit = [], [], []
for i in range(0, len(K), rows):
    X = Q @ K[i : i + rows].T
    high = np.maximum(most, X.max(axis=1))
    # What is below eps of the sum so far stays below it.
    with np.errstate(divide="ignore"):
        least = np.log(eps * total).astype(np.float32) + most
    q, k = np.nonzero(X >= np.maximum(least, high + np.float32(np.log(eps)))[:, None])
    query.append(q)
    key.append(i + k)
    logit.append(X[q, k])
    X -= high[:, None]
    np.exp(X, out=X)
    total = total * np.exp(most - high) + X.sum(axis=1)
    most = high
query, key, logit = np.concatenate(query), np.concatenate(key), np.concatenate(logit)
score = np.exp(logit - most[query]) / total[query]
keep = score >= eps
order = np.lexsort((key[keep], query[keep]))
print(len(score[keep][order]))

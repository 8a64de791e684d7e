"""Leverage scores of npy files that are one matrix: those of at least eps, and the smallest gap to eps of any score.

    python3 leverage.py EPS FILE...

They are k^T G^+ k with G = K^T K, all in float64: good to 1e-12 for keys whose condition number is in the hundreds.
"""

import json
import sys

import numpy as np

ROWS = 1 << 14

eps = float(sys.argv[1])
shards = [np.load(path, mmap_mode='r') for path in sys.argv[2:]]


def blocks():
    start = 0
    for shard in shards:
        for at in range(0, len(shard), ROWS):
            block = shard[at : at + ROWS].astype(np.float64)
            yield start + at, block
        start += len(shard)


d = shards[0].shape[1]
gram = np.zeros((d, d))
for _, block in blocks():
    gram += block.T @ block
inverse = np.linalg.pinv(gram, hermitian=True)

index, score, gap = [], [], np.inf
for start, block in blocks():
    tau = np.einsum('ij,ij->i', block @ inverse, block)
    gap = min(gap, np.min(np.abs(tau - eps)))
    heavy = np.flatnonzero(tau >= eps)
    index += (start + heavy).tolist()
    score += tau[heavy].tolist()

json.dump({'index': index, 'score': score, 'gap': gap}, sys.stdout)

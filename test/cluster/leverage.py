"""Leverage scores of npy files that are one matrix: those of at least eps, and the smallest gap to eps of any score.

    python3 leverage.py EPS FILE...

R comes from Householder QR of one block of rows after another; nothing is squared.
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


R = np.zeros((0, shards[0].shape[1]))
for _, block in blocks():
    R = np.linalg.qr(np.vstack([R, block]), mode='r')
inverse = np.linalg.inv(R)

index, score, gap = [], [], np.inf
for start, block in blocks():
    tau = np.sum((block @ inverse) ** 2, axis=1)
    gap = min(gap, np.min(np.abs(tau - eps)))
    heavy = np.flatnonzero(tau >= eps)
    index += (start + heavy).tolist()
    score += tau[heavy].tolist()

json.dump({'index': index, 'score': score, 'gap': gap}, sys.stdout)

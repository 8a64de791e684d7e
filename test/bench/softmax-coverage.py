"""What a PyTorch or NumPy user would write: of each head the share of softmax attention that its longest keys take, and how many keep 90, 95 and 99 %.

softmax-coverage.py torch|numpy K.npy Q.npy ROWS    K is heads x n x d, Q heads x m x d; ROWS queries at a time, float32; prints a line a head
"""
import sys

import numpy as np

library, keys, queries, rows = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
SIZES, SHARES = (32, 128, 512), (0.9, 0.95, 0.99)
if library == "torch":
    import torch

    torch.set_num_threads(2)


def received(K, Q):
    """What each key gets of all queries."""
    if library == "torch":
        K, Q = torch.from_numpy(K), torch.from_numpy(Q)
        mass = torch.zeros(len(K), dtype=torch.float64)
        for i in range(0, len(Q), rows):
            mass += torch.softmax(Q[i : i + rows] @ K.T, dim=1).sum(dim=0)
        return mass.numpy()
    mass = np.zeros(len(K))
    for i in range(0, len(Q), rows):
        X = Q[i : i + rows] @ K.T
        X -= X.max(axis=1, keepdims=True)
        np.exp(X, out=X)
        X /= X.sum(axis=1, keepdims=True)
        mass += X.sum(axis=0)
    return mass


for K, Q in zip(np.load(keys, mmap_mode="r"), np.load(queries, mmap_mode="r")):
    K = np.array(K)
    mass = received(K, Q / np.float32(np.sqrt(K.shape[1])))
    kept = np.cumsum(mass[np.argsort(-np.einsum("ij,ij->i", K, K), kind="stable")]) / mass.sum()
    best = np.cumsum(np.sort(mass)[::-1]) / mass.sum()
    needed = [int(np.searchsorted(curve, share)) + 1 for curve in (kept, best) for share in SHARES]
    print(*needed, *(f"{100 * curve[k - 1]:.1f}" for k in SIZES for curve in (kept, best)))

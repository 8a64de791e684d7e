"""What a NumPy user would write: leverage scores of a memory-mapped matrix, in blocks, two passes.

numpy-two-pass.py FILE.npy EPS [ROWS]    prints the number of rows with leverage score >= EPS
"""
import sys

import numpy as np

path, eps = sys.argv[1], float(sys.argv[2])
rows = int(sys.argv[3]) if len(sys.argv) > 3 else 8192
K = np.load(path, mmap_mode="r")
n, d = K.shape
G = np.zeros((d, d))
for i in range(0, n, rows):
    B = K[i : i + rows].astype(np.float64)
    G += B.T @ B
inverse = np.linalg.pinv(G, hermitian=True)
U = []
for i in range(0, n, rows):
    B = K[i : i + rows].astype(np.float64)
    tau = np.einsum("ij,ij->i", B @ inverse, B)
    U.append(i + np.flatnonzero(tau >= eps))
print(len(np.concatenate(U)))

"""NumPy's best single pass: Gram matrix and row norms, which bound every leverage score; one look at each block.

numpy-one-pass.py FILE.npy|- EPS ROWS    prints how many rows the norm bound cannot rule out
"""
import sys

import numpy as np

path, eps, rows = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])


def blocks():
    if path != "-":
        K = np.load(path, mmap_mode="r")
        for i in range(0, len(K), rows):
            yield K[i : i + rows]
        return
    source = sys.stdin.buffer
    np.lib.format.read_magic(source)
    (n, d), _, dtype = np.lib.format.read_array_header_1_0(source)
    block = np.empty((rows, d), dtype)
    for i in range(0, n, rows):
        part = block[: min(rows, n - i)]
        source.readinto(memoryview(part).cast("B"))
        yield part


G = 0
norms = []
for B in blocks():
    B = B.astype(np.float64)
    G = G + B.T @ B
    norms.append(np.einsum("ij,ij->i", B, B))
print(np.count_nonzero(np.concatenate(norms) >= eps * np.linalg.eigvalsh(G)[0]))

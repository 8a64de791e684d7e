"""Leverage scores in memory by the inverse Gram matrix, the method of IBM's pylspack in NumPy terms.

numpy-in-memory.py FILE.npy EPS    prints the number of rows with leverage score >= EPS
"""
import sys

import numpy as np

K = np.load(sys.argv[1]).astype(np.float64)
inverse = np.linalg.pinv(K.T @ K, hermitian=True)
print(np.count_nonzero(np.einsum("ij,ij->i", K @ inverse, K) >= float(sys.argv[2])))

"""Seconds that reading a CSV file into an array takes: read-csv.py pandas|numpy.loadtxt FILE"""

import sys
import time

name, path = sys.argv[1:]
if name == "pandas":
    import pandas

    read = lambda: pandas.read_csv(path, engine="c", header=None).to_numpy()
else:
    import numpy

    read = lambda: numpy.loadtxt(path, delimiter=",")
start = time.perf_counter()
read()
print(time.perf_counter() - start)

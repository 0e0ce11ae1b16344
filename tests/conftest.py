"""For all tests: one thread a process, for small models wait longer for threads than they gain."""

import os

os.environ["OMP_NUM_THREADS"] = "1"

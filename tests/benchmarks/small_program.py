"""A program that does nothing, and prints the most memory that it had."""

from __future__ import annotations

import sys

from benchmarks.suite.processes import peak_mb

sys.stdout.write(f"{peak_mb()}\n")

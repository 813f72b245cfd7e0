"""Benchmarks: ratios in one run on one machine; `make bench-ledger` and others write `results/`."""

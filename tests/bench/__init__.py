"""Benchmarks: figures, printed; nothing here asserts how fast something is."""

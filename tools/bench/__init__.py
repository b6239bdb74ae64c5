"""Benchmarks. Each module prints its measurements."""

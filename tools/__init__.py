"""Tools of the project's developers: benchmarks, the documentation's builder."""

"""The commands of `stocktrading release`. The module `release.cli` puts them together."""

"""The commands of `stocktrading dead-letters`. The module `redrive.cli` puts them together."""

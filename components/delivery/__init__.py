"""Firehose: where results and dead letters are stored."""

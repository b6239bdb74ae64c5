"""Firehose, which stores results and dead letters."""

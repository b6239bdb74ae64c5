"""Firehose on this machine: delivery streams that read, transform and store."""

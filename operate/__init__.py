"""What an operator changes at a running stack for a while: muted alarms, numbers of shards."""

"""Words that depend on a number."""


def counted(number: int, noun: str) -> str:
    """Give a number with its noun: `1 shard`, `2 shards`, `1,000 shards`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

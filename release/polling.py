"""How often a release looks at the service."""

from typing import Final

CHANGE_SECONDS: Final = 5.0
"""Seconds between two looks at an operation, such as a snapshot or a stop."""

VERDICT_SECONDS: Final = 10.0
"""Seconds between two looks at a new version; metrics come once a minute."""

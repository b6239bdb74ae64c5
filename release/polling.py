"""The polling intervals of a release."""

from typing import Final

CHANGE_SECONDS: Final = 5.0
"""Seconds between two polls of an operation, such as a snapshot or a stop."""

VERDICT_SECONDS: Final = 10.0
"""Seconds between two polls of a new version. Metrics come once a minute."""

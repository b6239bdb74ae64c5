"""How the dataclasses of the configuration are validated."""

from typing import Final

from pydantic import ConfigDict

STRICT: Final = ConfigDict(extra="forbid", strict=True)
"""No unknown key, and no silent conversion such as "4" to 4."""

"""How the dataclasses of the configuration are validated."""

from typing import Final

from pydantic import ConfigDict

STRICT: Final = ConfigDict(extra="forbid", strict=True)
"""Unknown keys are refused, and values are not converted, such as "4" to 4."""

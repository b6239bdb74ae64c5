"""The two accounts of the local cloud, and how its clients sign.

The emulator takes an access key of 12 digits as the account, and that account's root user.
"""

from collections.abc import Mapping
from typing import Final

TOOLING: Final = "111111111111"
"""Owns the pipeline that builds the job and rolls it out."""

WORKLOAD: Final = "222222222222"
"""Owns the streams, the application and the sink: the stack `sandbox`."""

REGION: Final = "us-east-1"
HOST: Final = "127.0.0.1"
"""The only interface that anything local listens on."""

NAMESPACE: Final = "stocktrading-analytics"
"""The project's name, which its configuration keys begin with."""

ACCOUNTS: Final[Mapping[str, str]] = {"tooling": TOOLING, "sandbox": WORKLOAD}
"""Each stack's account, in the order of deployment: a trust policy in the workload account names a
role of the tooling account, which must exist by then."""

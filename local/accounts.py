"""The two accounts of the local cloud, and the access keys of its clients.

For the emulator, an access key of 12 digits is an account's id. The client then signs as that
account's root user.
"""

from collections.abc import Mapping
from typing import Final

TOOLING: Final = "111111111111"
"""The account with the pipeline that builds the job and rolls it out."""

WORKLOAD: Final = "222222222222"
"""The account with the streams, the application and the sink: the stack `sandbox`."""

REGION: Final = "us-east-1"
HOST: Final = "127.0.0.1"
"""The only interface that local servers listen on."""

NAMESPACE: Final = "stocktrading-analytics"
"""The project's name, which is the prefix of its configuration keys."""

ACCOUNTS: Final[Mapping[str, str]] = {"tooling": TOOLING, "sandbox": WORKLOAD}
"""Each stack's account, in the order of deployment. A trust policy in the workload account names a
role of the tooling account, so that role must exist first."""


def account_of(stack: str) -> str:
    """Give a stack's account. Other stacks than those of `ACCOUNTS` are in the workload account."""
    return ACCOUNTS.get(stack, WORKLOAD)

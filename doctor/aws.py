"""Clients for checks of an account, with short timeouts."""

from collections.abc import Callable
from typing import Any, Final

import boto3
from botocore.config import Config

CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 2},
    s3={"addressing_style": "virtual"},
)
LOCAL: Final = CONFIG.merge(Config(s3={"addressing_style": "path"}))


def clients(
    region: str, *, profile: str | None = None, endpoint: str | None = None
) -> Callable[[str], Any]:
    """Give a function that makes clients, with the environment's credentials or a profile's.

    Raises botocore's `ProfileNotFound`.
    """
    session: Any = boto3.Session(profile_name=profile, region_name=region)
    config = LOCAL if endpoint else CONFIG

    def client(service: str) -> Any:  # noqa: ANN401 -- of any service
        return session.client(service, endpoint_url=endpoint, config=config)

    return client

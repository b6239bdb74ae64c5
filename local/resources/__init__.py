"""The table of resource types: what the local cloud can make, each on the emulator by boto3.

A type that isn't here is an error that names it. Rows give the outputs that the real provider
gives, under its names.
"""

from collections.abc import Mapping
from typing import Final

from local.resources import (
    alarms,
    builds,
    catalog,
    delivery,
    events,
    flink,
    functions,
    iam,
    keys,
    logs,
    records,
    s3,
    secrets,
    streams,
    topics,
)
from local.resources.model import ResourceType

TYPES: Final[Mapping[str, ResourceType]] = {
    **keys.TYPES,
    **streams.TYPES,
    **s3.TYPES,
    **iam.TYPES,
    **logs.TYPES,
    **alarms.TYPES,
    **topics.TYPES,
    **flink.TYPES,
    **delivery.TYPES,
    **functions.TYPES,
    **secrets.TYPES,
    **events.TYPES,
    **builds.TYPES,
    **catalog.TYPES,
    **records.TYPES,
}
"""Type token to its row."""

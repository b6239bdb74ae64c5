"""Firehose: complete descriptions, and no deliveries.

Description. AWS's DescribeDeliveryStream returns every setting of a destination except its access
key. The emulator leaves out most settings of an HTTP endpoint:
`test_a_description_leaves_settings_out`.

Delivery. AWS delivers with the delivery stream's role, and collects records into objects. The
emulator writes one object for each record and checks no permission:
`test_firehose_delivers_without_its_role`. So the emulator delivers nothing here. `local/firehose`
delivers instead.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from local.emulator.patches import Module


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    firehose: Module = importlib.import_module("ministack.services.firehose")
    firehose.ingest_from_kinesis_source = _delivers_nothing
    firehose._dest_description = _describing_all(firehose._dest_description)


def _delivers_nothing(stream_arn: str, records: list[Any]) -> None:
    """Replace the hook that Kinesis calls for each new record."""


def _describing_all(describe: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def describe_destination(destination: Mapping[str, Any]) -> dict[str, Any]:
        described, config = describe(destination), destination["config"]
        behind = {**config.get("S3Configuration", {}), **config.get("S3Update", {})}
        for name, part in described.items():
            if isinstance(part, dict):
                told = {**config, **cast("dict[str, Any]", part)}
                if behind:
                    told["S3DestinationDescription"] = behind
                endpoint = dict(told.get("EndpointConfiguration", {}))
                endpoint.pop("AccessKey", None)
                described[name] = told | ({"EndpointConfiguration": endpoint} if endpoint else {})
        return described

    return describe_destination

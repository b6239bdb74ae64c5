"""Firehose: a description says all of a destination, and deliveries are made elsewhere.

Description. AWS's DescribeDeliveryStream gives every setting of a destination but its access key.
The emulator leaves out most of an HTTP endpoint's: `test_a_description_leaves_settings_out`.

Delivery. AWS delivers with the delivery stream's role, and gathers records into objects. The
emulator writes with nobody's rights, one object for each record:
`test_firehose_delivers_without_its_role`. So nothing is delivered here: `local/firehose` does it.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from local.emulator.patches import Module


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    firehose: Module = importlib.import_module("ministack.services.firehose")
    firehose.ingest_from_kinesis_source = _delivers_nothing
    firehose._dest_description = _describing_all(firehose._dest_description)


def _delivers_nothing(stream_arn: str, records: list[Any]) -> None:
    """Stand in for the hook that Kinesis calls for each record put."""


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

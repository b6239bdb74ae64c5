"""Kinesis: data streams."""

import time
from collections.abc import Mapping, Sequence
from typing import Final, cast

from local.clients import AwsClient
from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request
from local.errors import LocalError

ATTEMPTS: Final = 120
SECONDS: Final = 0.5
"""Looks at a stream until it is active, and the time between two of them."""

DEFAULT_HOURS: Final = 24
"""Retention of a stream that declares none (service default)."""


def _create(cloud: Cloud, inputs: Properties) -> Made:
    kinesis, name = cloud.client("kinesis"), inputs["name"]
    wanted = {
        "StreamName": name,
        "ShardCount": inputs.get("shardCount"),
        "StreamModeDetails": inputs.get("streamModeDetails"),
    }
    kinesis.create_stream(**request("kinesis", "CreateStream", wanted))
    _settle(kinesis, name)
    _configure(kinesis, name, {}, inputs)
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    return Made(arn, {"arn": arn})


def _update(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    kinesis, name = cloud.client("kinesis"), inputs["name"]
    shards = inputs.get("shardCount")
    if shards is not None and shards != old.inputs.get("shardCount"):
        kinesis.update_shard_count(
            StreamName=name, TargetShardCount=int(shards), ScalingType="UNIFORM_SCALING"
        )
        _settle(kinesis, name)
    _configure(kinesis, name, old.inputs, inputs)
    return {}


def _configure(kinesis: AwsClient, name: str, old: Mapping[str, object], new: Properties) -> None:
    before = int(str(old.get("retentionPeriod", DEFAULT_HOURS)).removesuffix(".0"))
    hours = int(new.get("retentionPeriod", DEFAULT_HOURS))
    if hours > before:
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
    elif hours < before:
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
    _encrypt(kinesis, name, old, new)
    _measure(kinesis, name, old.get("shardLevelMetrics"), new.get("shardLevelMetrics"))
    _settle(kinesis, name)


def _encrypt(kinesis: AwsClient, name: str, old: Mapping[str, object], new: Properties) -> None:
    key, before = new.get("kmsKeyId"), old.get("kmsKeyId")
    encrypted = new.get("encryptionType") == "KMS"
    if encrypted and (old.get("encryptionType") != "KMS" or key != before):
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
    elif not encrypted and old.get("encryptionType") == "KMS":
        kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=before)


def _measure(kinesis: AwsClient, name: str, old: object, new: Sequence[str] | None) -> None:
    before = set(cast("Sequence[str]", old or ()))
    wanted = set(new or ())
    if wanted - before:
        kinesis.enable_enhanced_monitoring(
            StreamName=name, ShardLevelMetrics=sorted(wanted - before)
        )
    if before - wanted:
        kinesis.disable_enhanced_monitoring(
            StreamName=name, ShardLevelMetrics=sorted(before - wanted)
        )


def _settle(kinesis: AwsClient, name: str) -> None:
    """Wait until a stream is active. Like the provider, ask for its summary."""
    for _ in range(ATTEMPTS):
        told = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if told["StreamStatus"] == "ACTIVE":
            return
        time.sleep(SECONDS)
    message = f"stream {name} isn't active after {ATTEMPTS * SECONDS:.0f} s"
    raise LocalError(message)


def _read(cloud: Cloud, old: Existing) -> Properties:
    kinesis = cloud.client("kinesis")
    answer = kinesis.describe_stream_summary(StreamName=old.inputs["name"])
    found = answer["StreamDescriptionSummary"]
    metrics = [
        metric
        for each in found.get("EnhancedMonitoring", [])
        for metric in each.get("ShardLevelMetrics", [])
    ]
    described = {
        "shardCount": found["OpenShardCount"],
        "retentionPeriod": found["RetentionPeriodHours"],
        "encryptionType": found.get("EncryptionType", "NONE"),
        "kmsKeyId": found.get("KeyId"),
        "shardLevelMetrics": metrics,
        "streamModeDetails": found.get("StreamModeDetails"),
    }
    if not metrics:
        del described["shardLevelMetrics"]  # the emulator never returns them
    inputs = now(old, {key: old.inputs.get(key) for key in described}, described)
    if found["RetentionPeriodHours"] != DEFAULT_HOURS:
        inputs.setdefault("retentionPeriod", found["RetentionPeriodHours"])
    return inputs


def _delete(cloud: Cloud, old: Existing) -> None:
    cloud.client("kinesis").delete_stream(
        StreamName=old.inputs["name"], EnforceConsumerDeletion=True
    )


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:kinesis/stream:Stream": ResourceType(
        create=_create,
        update=_update,
        read=_read,
        delete=_delete,
        inputs=knows(
            "shardCount",
            "streamModeDetails",
            "retentionPeriod",
            "encryptionType",
            "kmsKeyId",
            "shardLevelMetrics",
            "enforceConsumerDeletion",
        ),
        name="name",
        fixed=frozenset({"name"}),
        tagging=Tagging(
            service="kinesis",
            tag="add_tags_to_stream",
            untag="remove_tags_from_stream",
            listing="list_tags_for_stream",
            target="StreamARN",
            shape="map",
        ),
    ),
}

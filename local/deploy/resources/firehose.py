"""Firehose: delivery streams to S3 and to the provider's other destinations."""

from collections.abc import Mapping
from typing import Any, Final, cast

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
from local.deploy.resources.shapes import ShapeError, request

DESTINATIONS: Final = {
    "extended_s3": ("extendedS3Configuration", "ExtendedS3Destination"),
    "http_endpoint": ("httpEndpointConfiguration", "HttpEndpointDestination"),
    "splunk": ("splunkConfiguration", "SplunkDestination"),
    "redshift": ("redshiftConfiguration", "RedshiftDestination"),
    "opensearch": ("opensearchConfiguration", "AmazonopensearchserviceDestination"),
}
"""By the provider's `destination`: the name of its input, and the stem of the API's member."""


def creation(inputs: Mapping[str, Any]) -> Properties:
    """Give the properties for the request that creates a delivery stream."""
    key, member = _destination(inputs)
    source = inputs.get("kinesisSourceConfiguration")
    return {
        "DeliveryStreamName": inputs["name"],
        "DeliveryStreamType": "KinesisStreamAsSource" if source else "DirectPut",
        "KinesisStreamSourceConfiguration": source,
        "DeliveryStreamEncryptionConfigurationInput": _encryption(inputs),
        f"{member}Configuration": _settings(key, inputs[key]),
    }


def _create(cloud: Cloud, inputs: Properties) -> Made:
    parameters = request("firehose", "CreateDeliveryStream", creation(inputs))
    arn = cloud.client("firehose").create_delivery_stream(**parameters)["DeliveryStreamARN"]
    return Made(arn, {"arn": arn, "name": inputs["name"], **_read(cloud, inputs["name"])})


def _update(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    key, member = _destination(inputs)
    description = _describe(cloud, inputs["name"])
    names = {"s3Configuration": "s3Update", "s3BackupConfiguration": "s3BackupUpdate"}
    settings = _settings(key, inputs[key])
    wanted = {
        "DeliveryStreamName": inputs["name"],
        "CurrentDeliveryStreamVersionId": description["VersionId"],
        "DestinationId": description["Destinations"][0]["DestinationId"],
        f"{member}Update": {names.get(name, name): value for name, value in settings.items()},
    }
    parameters = request("firehose", "UpdateDestination", wanted)
    cloud.client("firehose").update_destination(**parameters)
    return _read(cloud, inputs["name"])


SECRET: Final = frozenset({"AccessKey", "HECToken", "Password", "Username"})
"""Members that Firehose accepts and never returns."""


def _refresh(cloud: Cloud, old: Existing) -> Properties:
    """Give the inputs, updated from the service's description."""
    key, member = _destination(old.inputs)
    sent = request("firehose", "CreateDeliveryStream", creation(old.inputs))
    found = _describe(cloud, old.inputs["name"])
    described = found["Destinations"][0].get(f"{member}Description", {})
    source = found.get("Source", {}).get("KinesisStreamSourceDescription")
    encryption = found.get("DeliveryStreamEncryptionConfiguration", {})
    return now(
        old,
        {
            key: _told(sent[f"{member}Configuration"]),
            "kinesisSourceConfiguration": sent.get("KinesisStreamSourceConfiguration"),
            "serverSideEncryption": sent.get("DeliveryStreamEncryptionConfigurationInput"),
        },
        {
            key: described,
            "kinesisSourceConfiguration": source,
            "serverSideEncryption": encryption,
        },
    )


def _told(sent: Mapping[str, Any]) -> Properties:
    """Give a destination's settings with the names of the description, without secrets."""
    names = {
        "S3Configuration": "S3DestinationDescription",
        "S3BackupConfiguration": "S3BackupDescription",
    }
    return {
        names.get(name, name): _told(cast("Mapping[str, Any]", value))
        if isinstance(value, Mapping)
        else value
        for name, value in sent.items()
        if name not in SECRET
    }


def _delete(cloud: Cloud, old: Existing) -> None:
    cloud.client("firehose").delete_delivery_stream(DeliveryStreamName=old.inputs["name"])


def _destination(inputs: Mapping[str, Any]) -> tuple[str, str]:
    destination = inputs["destination"]
    if destination not in DESTINATIONS:
        message = f"destination {destination}: allowed here: {', '.join(DESTINATIONS)}"
        raise ShapeError(message)
    return DESTINATIONS[destination]


def _settings(key: str, given: Mapping[str, Any]) -> Properties:
    """Nest the provider's flat inputs: buffering, encryption, retries, an endpoint's members."""
    flat = dict(given)
    settings: Properties = {}
    hints = {
        "intervalInSeconds": flat.pop("bufferingInterval", None),
        "sizeInMBs": flat.pop("bufferingSize", None),
    }
    if any(value is not None for value in hints.values()):
        settings["bufferingHints"] = hints
    if flat.get("kmsKeyArn"):
        encryption = {"kmsEncryptionConfig": {"awskmsKeyARN": flat.pop("kmsKeyArn")}}
        settings["encryptionConfiguration"] = encryption
    if "retryDuration" in flat:
        settings["retryOptions"] = {"durationInSeconds": flat.pop("retryDuration")}
    for nested in ("s3Configuration", "s3BackupConfiguration"):
        if nested in flat:
            settings[nested] = _settings(nested, flat.pop(nested))
    if key == "httpEndpointConfiguration":
        settings |= _endpoint(flat)
    if key == "splunkConfiguration":
        renamed = flat.pop("hecAcknowledgmentTimeout", None)
        settings["hecAcknowledgmentTimeoutInSeconds"] = renamed
    if key == "opensearchConfiguration" and "vpcConfig" in flat:
        settings["vpcConfiguration"] = flat.pop("vpcConfig")
    if key == "redshiftConfiguration":
        copy = ("dataTableName", "dataTableColumns", "copyOptions")
        settings["copyCommand"] = {name: flat.pop(name) for name in copy if name in flat}
    return flat | settings


def _endpoint(flat: Properties) -> Properties:
    settings: Properties = {
        "endpointConfiguration": {
            name: flat.pop(name) for name in ("url", "name", "accessKey") if name in flat
        }
    }
    asked = flat.pop("requestConfiguration", None)
    if asked:
        attributes = [
            {"attributeName": each["name"], "attributeValue": each["value"]}
            for each in asked.get("commonAttributes", [])
        ]
        settings["requestConfiguration"] = {
            "contentEncoding": asked.get("contentEncoding"),
            "commonAttributes": attributes or None,
        }
    return settings


def _encryption(inputs: Mapping[str, Any]) -> Properties | None:
    asked = inputs.get("serverSideEncryption")
    if not asked or not asked.get("enabled"):
        return None
    return {"keyType": asked.get("keyType", "AWS_OWNED_CMK"), "keyARN": asked.get("keyArn")}


def _describe(cloud: Cloud, name: str) -> Mapping[str, Any]:
    answer = cloud.client("firehose").describe_delivery_stream(DeliveryStreamName=name)
    return cast("Mapping[str, Any]", answer["DeliveryStreamDescription"])


def _read(cloud: Cloud, name: str) -> Properties:
    description = _describe(cloud, name)
    return {
        "destinationId": description["Destinations"][0]["DestinationId"],
        "versionId": description["VersionId"],
    }


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ResourceType(
        create=_create,
        update=_update,
        read=_refresh,
        delete=_delete,
        inputs=knows(
            "destination",
            "extendedS3Configuration",
            "httpEndpointConfiguration",
            "splunkConfiguration",
            "redshiftConfiguration",
            "opensearchConfiguration",
            "kinesisSourceConfiguration",
            "serverSideEncryption",
        ),
        name="name",
        fixed=frozenset(
            {"name", "destination", "kinesisSourceConfiguration", "serverSideEncryption"}
        ),
        tagging=Tagging(
            service="firehose",
            tag="tag_delivery_stream",
            untag="untag_delivery_stream",
            listing="list_tags_for_delivery_stream",
            target="DeliveryStreamName",
            by="name",
        ),
    ),
}

"""KMS: keys and aliases."""

from collections.abc import Mapping
from typing import Final

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


def _create_key(cloud: Cloud, inputs: Properties) -> Made:
    kms = cloud.client("kms")
    wanted = {
        "Description": inputs.get("description"),
        "Policy": inputs.get("policy"),
        "KeyUsage": inputs.get("keyUsage"),
        "MultiRegion": inputs.get("multiRegion"),
    }
    key = kms.create_key(**request("kms", "CreateKey", wanted))["KeyMetadata"]
    _rotate(cloud, key["KeyId"], inputs)
    outputs = {"arn": key["Arn"], "keyId": key["KeyId"]}
    if "policy" not in inputs:
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
        outputs["policy"] = policy["Policy"]
    return Made(key["KeyId"], outputs)


def _update_key(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    kms = cloud.client("kms")
    if inputs.get("policy"):
        kms.put_key_policy(KeyId=old.id, PolicyName="default", Policy=inputs["policy"])
    kms.update_key_description(KeyId=old.id, Description=inputs.get("description", ""))
    _rotate(cloud, old.id, inputs)
    return {}


def _rotate(cloud: Cloud, key: str, inputs: Properties) -> None:
    if not inputs.get("enableKeyRotation"):
        cloud.client("kms").disable_key_rotation(KeyId=key)
        return
    wanted = {"KeyId": key, "RotationPeriodInDays": inputs.get("rotationPeriodInDays")}
    cloud.client("kms").enable_key_rotation(**request("kms", "EnableKeyRotation", wanted))


def _read_key(cloud: Cloud, old: Existing) -> Properties | None:
    kms = cloud.client("kms")
    found = kms.describe_key(KeyId=old.id)["KeyMetadata"]
    if found["KeyState"] == "PendingDeletion":
        return None
    rotation = kms.get_key_rotation_status(KeyId=old.id)
    policy = kms.get_key_policy(KeyId=old.id, PolicyName="default")["Policy"]
    described = {
        "description": found.get("Description"),
        "policy": policy,
        "keyUsage": found.get("KeyUsage"),
        "multiRegion": found.get("MultiRegion"),
        "enableKeyRotation": rotation["KeyRotationEnabled"],
        "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
    }
    return now(old, {key: old.inputs.get(key) for key in described}, described)


def _delete_key(cloud: Cloud, old: Existing) -> None:
    days = int(old.inputs.get("deletionWindowInDays", 30))
    cloud.client("kms").schedule_key_deletion(KeyId=old.id, PendingWindowInDays=days)


def _create_alias(cloud: Cloud, inputs: Properties) -> Made:
    name, kms = inputs["name"], cloud.client("kms")
    kms.create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
    arn = f"arn:aws:kms:{cloud.region}:{cloud.account}:{name}"
    return Made(name, {"arn": arn, **_target(cloud, inputs)})


def _update_alias(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    cloud.client("kms").update_alias(AliasName=old.id, TargetKeyId=inputs["targetKeyId"])
    return _target(cloud, inputs)


def _read_alias(cloud: Cloud, old: Existing) -> Properties | None:
    """Search the list of all aliases, because the API can't return a single alias."""
    for page in cloud.client("kms").get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if alias["AliasName"] == old.id:
                target = old.inputs["targetKeyId"]
                same = str(target).endswith(alias["TargetKeyId"])
                return {**old.inputs, "targetKeyId": target if same else alias["TargetKeyId"]}
    return None


def _target(cloud: Cloud, inputs: Properties) -> Properties:
    key = cloud.client("kms").describe_key(KeyId=inputs["targetKeyId"])
    return {"targetKeyArn": key["KeyMetadata"]["Arn"]}


def _delete_alias(cloud: Cloud, old: Existing) -> None:
    cloud.client("kms").delete_alias(AliasName=old.id)


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:kms/key:Key": ResourceType(
        create=_create_key,
        update=_update_key,
        read=_read_key,
        delete=_delete_key,
        inputs=knows(
            "description",
            "policy",
            "keyUsage",
            "multiRegion",
            "enableKeyRotation",
            "rotationPeriodInDays",
            "deletionWindowInDays",
        ),
        fixed=frozenset({"keyUsage", "multiRegion", "customerMasterKeySpec"}),
        tagging=Tagging(
            service="kms",
            tag="tag_resource",
            untag="untag_resource",
            listing="list_resource_tags",
            target="KeyId",
            by="id",
            shape="kms",
        ),
    ),
    "aws:kms/alias:Alias": ResourceType(
        create=_create_alias,
        update=_update_alias,
        read=_read_alias,
        delete=_delete_alias,
        inputs=knows("targetKeyId"),
        name="name",
        fixed=frozenset({"name"}),
    ),
}

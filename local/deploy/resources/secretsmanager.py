"""Secrets Manager: secrets and their values."""

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


def _create(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "Name": inputs["name"],
        "Description": inputs.get("description"),
        "KmsKeyId": inputs.get("kmsKeyId"),
    }
    secrets = cloud.client("secretsmanager")
    arn = secrets.create_secret(**request("secretsmanager", "CreateSecret", wanted))["ARN"]
    if inputs.get("policy"):
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=inputs["policy"])
    return Made(arn, {"arn": arn})


def _update(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    secrets = cloud.client("secretsmanager")
    wanted = {
        "SecretId": old.id,
        "Description": inputs.get("description"),
        "KmsKeyId": inputs.get("kmsKeyId"),
    }
    secrets.update_secret(**request("secretsmanager", "UpdateSecret", wanted))
    if inputs.get("policy"):
        secrets.put_resource_policy(SecretId=old.id, ResourcePolicy=inputs["policy"])
    elif old.inputs.get("policy"):
        secrets.delete_resource_policy(SecretId=old.id)
    return {}


def _read(cloud: Cloud, old: Existing) -> Properties | None:
    secrets = cloud.client("secretsmanager")
    found = secrets.describe_secret(SecretId=old.id)
    if found.get("DeletedDate"):
        return None
    described = {"description": found.get("Description"), "kmsKeyId": found.get("KmsKeyId")}
    if "policy" in old.inputs:
        held = secrets.get_resource_policy(SecretId=old.id)
        described["policy"] = held.get("ResourcePolicy")
    return now(old, {key: old.inputs.get(key) for key in described}, described)


def _delete(cloud: Cloud, old: Existing) -> None:
    # Delete at once, so that the name is free again. The provider's default is after 30 days.
    cloud.client("secretsmanager").delete_secret(SecretId=old.id, ForceDeleteWithoutRecovery=True)


def _put_value(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {"SecretId": inputs["secretId"], "SecretString": inputs.get("secretString")}
    answer = cloud.client("secretsmanager").put_secret_value(
        **request("secretsmanager", "PutSecretValue", wanted)
    )
    version = answer["VersionId"]
    return Made(f"{inputs['secretId']}|{version}", {"arn": answer["ARN"], "versionId": version})


def _read_value(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("secretsmanager").get_secret_value(
        SecretId=old.inputs["secretId"], VersionId=old.outputs["versionId"]
    )
    return now(old, {"secretString": old.inputs.get("secretString")}, found)


def _forget_value(_: Cloud, __: Existing) -> None:
    """Keep the version, like the provider. It is deleted with its secret."""


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:secretsmanager/secret:Secret": ResourceType(
        create=_create,
        update=_update,
        read=_read,
        delete=_delete,
        inputs=knows("description", "kmsKeyId", "policy", "recoveryWindowInDays"),
        name="name",
        fixed=frozenset({"name"}),
        tagging=Tagging(
            service="secretsmanager",
            tag="tag_resource",
            untag="untag_resource",
            listing="describe_secret",
            target="SecretId",
            by="id",
        ),
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": ResourceType(
        create=_put_value,
        delete=_forget_value,
        read=_read_value,
        inputs=knows("secretId", "secretString"),
    ),
}

"""IAM: managed policies and identity providers."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from local.deploy.resources.model import (
    TAGS,
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
    tags_of,
)
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import ShapeError, request


def _create_policy(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "PolicyName": inputs["name"],
        "PolicyDocument": policy_document(inputs["policy"]),
        "Description": inputs.get("description"),
        "Path": inputs.get("path"),
    }
    policy = cloud.client("iam").create_policy(**request("iam", "CreatePolicy", wanted))["Policy"]
    return Made(policy["Arn"], {"arn": policy["Arn"], "policyId": policy["PolicyId"]})


def _update_policy(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    iam = cloud.client("iam")
    for version in iam.list_policy_versions(PolicyArn=old.id)["Versions"]:
        if not version["IsDefaultVersion"]:  # IAM stores at most five versions
            iam.delete_policy_version(PolicyArn=old.id, VersionId=version["VersionId"])
    iam.create_policy_version(
        PolicyArn=old.id, PolicyDocument=policy_document(inputs["policy"]), SetAsDefault=True
    )
    return {}


def _read_policy(cloud: Cloud, old: Existing) -> Properties:
    iam = cloud.client("iam")
    version = iam.get_policy(PolicyArn=old.id)["Policy"]["DefaultVersionId"]
    held = iam.get_policy_version(PolicyArn=old.id, VersionId=version)["PolicyVersion"]
    return now(old, {"policy": old.inputs["policy"]}, {"policy": held["Document"]})


def _delete_policy(cloud: Cloud, old: Existing) -> None:
    iam = cloud.client("iam")
    for version in iam.list_policy_versions(PolicyArn=old.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=old.id, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=old.id)


def _create_issuer(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "Url": inputs["url"],
        "ClientIDList": inputs["clientIdLists"],
        "ThumbprintList": inputs.get("thumbprintLists"),
        "Tags": [{"key": key, "value": value} for key, value in inputs[TAGS].items()],
    }
    parameters = request("iam", "CreateOpenIDConnectProvider", wanted)
    answer = cloud.client("iam").create_open_id_connect_provider(**parameters)
    arn = answer["OpenIDConnectProviderArn"]
    return Made(arn, {"arn": arn})


def _read_issuer(cloud: Cloud, old: Existing) -> Properties:
    held = cloud.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=old.id)
    sent = {
        "clientIDList": old.inputs["clientIdLists"],
        "thumbprintList": old.inputs.get("thumbprintLists"),
    }
    names = {"clientIdLists": "clientIDList", "thumbprintLists": "thumbprintList"}
    return {**now(old, sent, held, names), TAGS: tags_of({"Tags": held.get("Tags", [])})}


def _delete_issuer(cloud: Cloud, old: Existing) -> None:
    cloud.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=old.id)


def policy_document(text: str | Mapping[str, Any]) -> str:
    """Give a policy document for the API. Refuse a document that isn't JSON, like IAM."""
    if not isinstance(text, str):
        return json.dumps(text)
    try:
        parsed = cast("object", json.loads(text))
    except ValueError as error:
        message = f"malformed policy document: {error}"
        raise ShapeError(message) from error
    if not isinstance(parsed, dict) or "Statement" not in parsed:
        message = "malformed policy document: it has no Statement"
        raise ShapeError(message)
    return text


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:iam/policy:Policy": ResourceType(
        create=_create_policy,
        update=_update_policy,
        read=_read_policy,
        delete=_delete_policy,
        inputs=knows("policy", "description", "path"),
        name="name",
        fixed=frozenset({"name", "path", "description"}),
        tagging=Tagging(
            service="iam",
            tag="tag_policy",
            untag="untag_policy",
            listing="list_policy_tags",
            target="PolicyArn",
            by="id",
        ),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ResourceType(
        create=_create_issuer,
        delete=_delete_issuer,
        read=_read_issuer,
        inputs=knows("clientIdLists", "thumbprintLists", "url"),
        tagged_at_creation=True,  # the emulator can't add tags later
    ),
}

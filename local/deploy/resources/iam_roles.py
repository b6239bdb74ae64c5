"""IAM: roles, their inline policies, and the managed policies that are attached to them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from local.deploy.resources.iam import policy_document
from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import mirror, now
from local.deploy.resources.shapes import request


def _create_role(cloud: Cloud, inputs: Properties) -> Made:
    iam = cloud.client("iam")
    wanted = {
        "RoleName": inputs["name"],
        "AssumeRolePolicyDocument": policy_document(inputs["assumeRolePolicy"]),
        "Description": inputs.get("description"),
        "MaxSessionDuration": inputs.get("maxSessionDuration"),
        "Path": inputs.get("path"),
        "PermissionsBoundary": inputs.get("permissionsBoundary"),
    }
    role = iam.create_role(**request("iam", "CreateRole", wanted))["Role"]
    _inline(cloud, inputs["name"], {}, inputs)
    return Made(
        role["RoleName"],
        {
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        },
    )


def _update_role(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    iam = cloud.client("iam")
    iam.update_assume_role_policy(
        RoleName=old.id, PolicyDocument=policy_document(inputs["assumeRolePolicy"])
    )
    wanted = {
        "RoleName": old.id,
        "Description": inputs.get("description", ""),
        "MaxSessionDuration": inputs.get("maxSessionDuration", 3600),
    }
    iam.update_role(**request("iam", "UpdateRole", wanted))
    if inputs.get("permissionsBoundary") != old.inputs.get("permissionsBoundary"):
        if inputs.get("permissionsBoundary"):
            iam.put_role_permissions_boundary(
                RoleName=old.id, PermissionsBoundary=inputs["permissionsBoundary"]
            )
        else:
            iam.delete_role_permissions_boundary(RoleName=old.id)
    _inline(cloud, old.id, old.inputs, inputs)
    return {}


def _inline(cloud: Cloud, role: str, old: Mapping[str, Any], new: Properties) -> None:
    """Apply the inline and managed policies that the role itself declares."""
    iam = cloud.client("iam")
    for policy in new.get("inlinePolicies", []):
        iam.put_role_policy(
            RoleName=role,
            PolicyName=policy["name"],
            PolicyDocument=policy_document(policy["policy"]),
        )
    for arn in new.get("managedPolicyArns", []):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    kept = {policy["name"] for policy in new.get("inlinePolicies", [])}
    for policy in old.get("inlinePolicies", []):
        if policy["name"] not in kept:
            iam.delete_role_policy(RoleName=role, PolicyName=policy["name"])
    for arn in old.get("managedPolicyArns", []):
        if arn not in new.get("managedPolicyArns", []):
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)


def _read_role(cloud: Cloud, old: Existing) -> Properties:
    """Read a role with the policies that it declares itself, and its boundary, if it has one."""
    iam = cloud.client("iam")
    role = iam.get_role(RoleName=old.id)["Role"]
    document = ("assumeRolePolicy", "description", "maxSessionDuration", "path")
    names = {"assumeRolePolicy": "assumeRolePolicyDocument"}
    sent = {names.get(key, key): old.inputs[key] for key in document if key in old.inputs}
    inputs = now(old, sent, role, names)
    inputs.pop("permissionsBoundary", None)
    if "PermissionsBoundary" in role:
        boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        inputs["permissionsBoundary"] = boundary
    if "inlinePolicies" in old.inputs:
        held = [
            _inline_policy(cloud, old.id, each["name"]) for each in old.inputs["inlinePolicies"]
        ]
        inputs["inlinePolicies"] = mirror(old.inputs["inlinePolicies"], held)
    if "managedPolicyArns" in old.inputs:
        inputs["managedPolicyArns"] = mirror(
            old.inputs["managedPolicyArns"], _attached(cloud, old.id)
        )
    return inputs


def _inline_policy(cloud: Cloud, role: str, name: str) -> Properties:
    """Give an inline policy of a role. It is empty if the policy no longer exists."""
    try:
        held = cloud.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchEntity":
            raise
        return {"name": name, "policy": ""}
    return {"name": name, "policy": json.dumps(held["PolicyDocument"])}


def _attached(cloud: Cloud, role: str) -> list[str]:
    listed = cloud.client("iam").list_attached_role_policies(RoleName=role)
    return [each["PolicyArn"] for each in listed["AttachedPolicies"]]


def _delete_role(cloud: Cloud, old: Existing) -> None:
    _inline(cloud, old.id, old.inputs, {})
    cloud.client("iam").delete_role(RoleName=old.id)


def _put_role_policy(cloud: Cloud, inputs: Properties) -> Made:
    role, name = inputs["role"], inputs["name"]
    cloud.client("iam").put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=policy_document(inputs["policy"])
    )
    return Made(f"{role}:{name}")


def _update_role_policy(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_role_policy(cloud, inputs).outputs


def _read_role_policy(cloud: Cloud, old: Existing) -> Properties:
    held = cloud.client("iam").get_role_policy(
        RoleName=old.inputs["role"], PolicyName=old.inputs["name"]
    )
    return now(old, {"policy": old.inputs["policy"]}, {"policy": held["PolicyDocument"]})


def _delete_role_policy(cloud: Cloud, old: Existing) -> None:
    cloud.client("iam").delete_role_policy(
        RoleName=old.inputs["role"], PolicyName=old.inputs["name"]
    )


def _attach(cloud: Cloud, inputs: Properties) -> Made:
    role, arn = inputs["role"], inputs["policyArn"]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
    return Made(f"{role}/{arn}")


def _detach(cloud: Cloud, old: Existing) -> None:
    cloud.client("iam").detach_role_policy(
        RoleName=old.inputs["role"], PolicyArn=old.inputs["policyArn"]
    )


def _read_attachment(cloud: Cloud, old: Existing) -> Properties | None:
    attached = old.inputs["policyArn"] in _attached(cloud, old.inputs["role"])
    return dict(old.inputs) if attached else None


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:iam/role:Role": ResourceType(
        create=_create_role,
        update=_update_role,
        read=_read_role,
        delete=_delete_role,
        inputs=knows(
            "assumeRolePolicy",
            "description",
            "forceDetachPolicies",
            "inlinePolicies",
            "managedPolicyArns",
            "maxSessionDuration",
            "path",
            "permissionsBoundary",
        ),
        name="name",
        fixed=frozenset({"name", "path"}),
        tagging=Tagging(
            service="iam",
            tag="tag_role",
            untag="untag_role",
            listing="list_role_tags",
            target="RoleName",
            by="id",
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": ResourceType(
        create=_put_role_policy,
        update=_update_role_policy,
        read=_read_role_policy,
        delete=_delete_role_policy,
        inputs=knows("role", "policy"),
        name="name",
        fixed=frozenset({"name", "role"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ResourceType(
        create=_attach, delete=_detach, read=_read_attachment, inputs=knows("role", "policyArn")
    ),
}

"""The table of the provider's calls agrees with AWS's service authorization reference and APIs."""

from collections.abc import Mapping
from typing import Final

import botocore.session
import pytest
from iam_lint import resource_formats
from policy_sentry.querying.actions import get_action_data

from components.access.deploy_grants import BOUNDED, PERSON
from components.access.provider_calls import ANYWHERE, PROVIDER_CALLS, Calls, Step
from policies.identities import ANY_RESOURCE, UNNAMED
from policies.model import Resource

STEPS: Final[tuple[Step, ...]] = ("create", "read", "update", "delete")

APIS: Final[Mapping[str, str]] = {"kinesisanalytics": "kinesisanalyticsv2"}
"""botocore's name of a service, if it isn't the prefix of the service's actions."""

OTHER_NAMES: Final[Mapping[str, str]] = {
    "s3:GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "s3:GetBucketCORS": "GetBucketCors",
    "s3:GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:GetLifecycleConfiguration": "GetBucketLifecycleConfiguration",
    "s3:GetReplicationConfiguration": "GetBucketReplication",
    "s3:ListBucket": "HeadBucket",
    "s3:ListBucketVersions": "ListObjectVersions",
    "s3:DeleteObjectVersion": "DeleteObject",
    "s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock",
    "s3:PutEncryptionConfiguration": "PutBucketEncryption",
    "s3:PutLifecycleConfiguration": "PutBucketLifecycleConfiguration",
}
"""Operations whose permission has another name."""

CONTROL: Final = frozenset({"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"})
"""Actions of S3 whose operations are S3 Control's. The provider reads a bucket's tags by them."""


@pytest.mark.parametrize(("kind", "calls"), PROVIDER_CALLS.items())
def test_each_call_is_an_action_and_an_operation_of_aws(kind: str, calls: Calls) -> None:
    """IAM knows the action, and the service has the operation, by its name or by another one."""
    assert calls.read, kind
    for action in calls.of(*STEPS):
        service, _, name = action.partition(":")
        assert get_action_data(service, name), action
        api = "s3control" if action in CONTROL else APIS.get(service, service)
        operations = botocore.session.get_session().get_service_model(api).operation_names
        assert OTHER_NAMES.get(action, name) in operations, action


COMPOSITE: Final = {"cloudwatch:DescribeAlarms", "cloudwatch:PutCompositeAlarm"}
"""Actions on composite alarms that AWS allows only on `*` (their API references)."""


@pytest.mark.parametrize("action", sorted(ANYWHERE))
def test_an_action_is_granted_anywhere_only_if_aws_supports_no_resource(action: str) -> None:
    """CloudWatch alone has actions with a resource that doesn't cover composite alarms."""
    assert action in ANY_RESOURCE.keys() | UNNAMED.keys()
    assert not resource_formats(action) or action in COMPOSITE


def test_every_action_without_a_resource_that_a_refresh_needs_is_granted_anywhere() -> None:
    """A grant on a named resource never allows such an action."""
    reads = {action for calls in PROVIDER_CALLS.values() for action in calls.read}
    assert {action for action in reads if not resource_formats(action)} <= ANYWHERE


def test_each_action_for_a_person_is_an_update_of_the_table() -> None:
    """An action that no update makes would be withheld from nobody."""
    updates = {action for calls in PROVIDER_CALLS.values() for action in calls.update}
    assert updates >= PERSON
    made = {action for calls in PROVIDER_CALLS.values() for action in calls.of(*STEPS)}
    assert made >= {*BOUNDED}


def test_the_table_has_every_type_of_a_workload_stack(
    stack: str, stack_resources: list[Resource]
) -> None:
    """The deployer reads them all in a refresh."""
    types = {each.kind for each in stack_resources if each.kind.startswith("aws:")}
    if not stack.startswith("tooling"):
        assert types <= PROVIDER_CALLS.keys()

"""What the tests of the emulator's gaps share: the failure of a closed gap, and roles.

Each test passes while the gap exists. If a newer emulator closes a gap, the test fails and names
the module with the patch that is no longer needed.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import psutil
import pytest
from botocore.exceptions import ClientError

from local.clients import Clients
from local.emulator.child import Emulator

Client = Callable[[str], Any]

SILENT: Final = "399999999999"
"""An account that contains only an alarm. Nothing is ever published for the alarm's metric."""

PULSE: Final[dict[str, Any]] = {
    "Namespace": "Test",
    "MetricName": "pulse",
    "Period": 10,
    "Statistic": "Sum",
    "TreatMissingData": "breaching",
}


def gap(module: str, *, there: bool) -> None:
    """Fail if a gap no longer exists."""
    if not there:
        path = f"local/emulator/{module}.py"
        pytest.fail(f"the emulator does it now: remove the patch from {path}")


def measure_work(emulator: Emulator, call: Callable[[], object]) -> float:
    """Give the CPU seconds that the emulator takes for many requests, without other processes."""
    process = psutil.Process(emulator.pid)
    before = process.cpu_times()
    for _ in range(60):
        call()
    after = process.cpu_times()
    return after.user + after.system - before.user - before.system


def refuses(call: Callable[[], object]) -> bool:
    """Return whether the emulator refuses a call."""
    try:
        call()
    except ClientError:
        return True
    return False


def create_role(client: Client, name: str, trust: dict[str, Any], *allowed: dict[str, Any]) -> str:
    """Create a role. `trust` is the statement about who may assume it."""
    iam = client("iam")
    document = {"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]
    policy = {"Version": "2012-10-17", "Statement": list(allowed)}
    if allowed:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return role["Arn"]


def as_root(bare: Clients, account: str, role: str) -> Callable[[str], Any]:
    """Let the account's root user assume a role, and give clients of it."""
    credentials = bare.assume_role(role, account)
    return lambda service: bare.client_as(service, credentials)


def put_alarm(client: Client, **given: object) -> None:
    """Put the alarm `a`."""
    shape: dict[str, Any] = {
        "AlarmName": "a",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
    }
    client("cloudwatch").put_metric_alarm(**shape | given)


SERVICE: Final = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}}

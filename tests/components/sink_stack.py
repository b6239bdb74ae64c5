"""A stack with a given destination, for tests."""

from typing import Any

from recorder import ACCOUNT, Recorder, main_program, record, stack_config

DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"

REFERENCE = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:desk-AbCdEf"

DOMAIN = f"arn:aws:es:us-east-1:{ACCOUNT}:domain/desk"

VPC = {"subnet_ids": ["subnet-0a"], "security_group_ids": ["sg-0b"]}

ENDPOINT = "http://127.0.0.1:4566"


def sink_stack(destination: dict[str, Any], secret: str | None = None, **changes: Any) -> Recorder:  # noqa: ANN401 -- configuration
    """Record the workload stack with a destination."""
    sink = {"destination": destination, "buffer_seconds": 60, "buffer_mib": 5}
    sink |= changes.pop("sink", {})
    config = stack_config(sink=sink, sink_secret=secret, **changes)
    return record(main_program, config, secrets=["sink_secret"] if secret else [])


def results_delivery(stack: Recorder) -> dict[str, Any]:
    """Give the inputs of the results' delivery."""
    (found,) = [one for one in stack.all(DELIVERY) if one.name.startswith("sink-results")]
    return dict(found.inputs)


def allowed_actions(
    stack: Recorder, policy: str = "stocktrading-deliver-results-policy"
) -> set[str]:
    """Give the actions that a role's policy allows."""
    found = stack.one("aws:iam/rolePolicy:RolePolicy", policy).document("policy")
    return {action for statement in found["Statement"] for action in statement["Action"]}

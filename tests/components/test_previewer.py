"""The role of a pull request's preview in a workload account."""

from pathlib import Path

import pytest
from recorder import Recorder, Secret, main_program, record, stack_config


@pytest.fixture
def prod(packaged: Path) -> Recorder:
    """Give another workload stack of the same tooling account."""
    assert packaged
    config = stack_config(prefix="stocktrading-prod", account_id="333333333333")
    return record(main_program, config, stack="prod")


def test_the_previews_role_has_no_permissions(sandbox: Recorder) -> None:
    """No policy is attached to it in any way."""
    role = sandbox.one("aws:iam/role:Role", "previewer")
    assert dict(role.inputs).keys() == {
        "name",
        "description",
        "maxSessionDuration",
        "assumeRolePolicy",
    }
    policies = sandbox.all("aws:iam/rolePolicy:RolePolicy")
    assert role.inputs["name"] not in {policy.inputs["role"] for policy in policies}
    assert not sandbox.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def test_only_the_tooling_accounts_previews_assume_it(sandbox: Recorder, tooling: Recorder) -> None:
    """One role, by its full ARN; the names agree with those that the tooling stack derives."""
    role = sandbox.one("aws:iam/role:Role", "previewer")
    (statement,) = role.document("assumeRolePolicy")["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    caller = tooling.one("aws:iam/role:Role", "previews").inputs["name"]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::111111111111:role/{caller}"}
    }
    policy = tooling.one("aws:iam/rolePolicy:RolePolicy", "previews-policy").document("policy")
    (assume,) = [one for one in policy["Statement"] if "sts:AssumeRole" in one["Action"]]
    assert assume["Resource"] == [f"arn:aws:iam::222222222222:role/{role.inputs['name']}"]


def test_each_stack_has_its_own_role(prod: Recorder) -> None:
    """Its name has the stack's prefix."""
    role = prod.one("aws:iam/role:Role", "previewer")
    assert role.inputs["name"] == "stocktrading-prod-previewer"


def test_a_stack_without_a_tooling_account_has_no_such_role(packaged: Path) -> None:
    """No other account can enter."""
    assert packaged
    stack = record(main_program, stack_config(tooling=None))
    roles = stack.all("aws:iam/role:Role")
    trusts = [role.document("assumeRolePolicy")["Statement"] for role in roles]
    assert all("Service" in one["Principal"] for statements in trusts for one in statements)


@pytest.mark.parametrize("role", ["deployer", "previewer"])
def test_the_role_that_is_assumed_is_the_stacks_own(packaged: Path, role: str) -> None:
    """What the pipeline and the workflow set, as the provider takes it."""
    assert packaged
    stack = record(main_program, stack_config(assume=role))
    (assumed,) = stack.one("pulumi:providers:aws").document("assumeRoles")
    assert assumed == {
        "roleArn": f"arn:aws:iam::222222222222:role/stocktrading-{role}",
        "sessionName": "sandbox",
    }


@pytest.mark.parametrize(("role", "key"), [(None, "222222222222"), ("deployer", None)])
def test_the_provider_assumes_a_role_with_the_environments_credentials(
    packaged: Path, role: str | None, key: str | None
) -> None:
    """This is so on an emulator too, where the account's own key would be that of its root."""
    assert packaged
    assumed = {"assume": role} if role else {}
    config = stack_config(endpoint="http://127.0.0.1:4566", **assumed)
    provider = record(main_program, config).one("pulumi:providers:aws")
    given = provider.inputs.get("accessKey")
    assert (given.value if isinstance(given, Secret) else given) == key
    assert ("secretKey" in provider.inputs) == (key is not None)

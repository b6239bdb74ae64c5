"""The deployment of a small program on the emulator, with each engine."""

import pytest
from engines import ENGINES
from programs import Program

from local.clients import Clients
from local.errors import LocalError

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.parametrize("program", ENGINES, indirect=True),
]

STREAM = "aws.kinesis.Stream('s', name={name!r}, shard_count={shards}, tags={tags}, opts={opts})"


def stream(name: str = "one", shards: int = 1, tags: str = "None", opts: str = "None") -> str:
    """Give the line that declares a stream."""
    return STREAM.format(name=name, shards=shards, tags=tags, opts=opts)


def test_a_resource_is_created_with_the_providers_outputs(
    program: Program, clients: Clients, account: str
) -> None:
    """The program gets the outputs that the real provider would give."""
    outputs = program.up(
        f"s = {stream('one', 2)}",
        "pulumi.export('arn', s.arn)",
        "pulumi.export('id', s.id)",
        "pulumi.export('shards', s.shard_count)",
    )
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/one"
    assert outputs == {"arn": arn, "id": arn, "shards": 2}
    kinesis = clients.client("kinesis", account)
    summary = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


def test_a_second_run_changes_nothing(program: Program) -> None:
    """A resource that is as declared stays unchanged."""
    program.up(stream())
    assert program.done == [("created", "s")]
    program.up(stream())
    assert program.done == [("unchanged", "s")]


def test_a_changed_input_updates_in_place(program: Program, clients: Clients, account: str) -> None:
    """The stream isn't replaced, so it keeps its records."""
    program.up(stream())
    kinesis = clients.client("kinesis", account)
    before = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    program.up(stream(shards=2))
    after = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    assert program.done == [("updated", "s")]
    assert after["OpenShardCount"] == 2
    assert after["StreamCreationTimestamp"] == before["StreamCreationTimestamp"]


def test_a_changed_name_replaces_it(program: Program, clients: Clients, account: str) -> None:
    """If the provider can't update a resource, the old resource is deleted."""
    program.up(stream("one"))
    program.up(stream("two"))
    assert program.done == [("replaced", "s")]
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == ["two"]


def test_what_is_no_longer_declared_is_deleted(
    program: Program, clients: Clients, account: str
) -> None:
    """The stack contains only the resources that the program declares now."""
    program.up(stream())
    program.up("pass")
    assert program.done == [("deleted", "s")]
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == []


def test_a_retained_resource_remains_without_its_declaration(
    program: Program, clients: Clients, account: str
) -> None:
    """`retain_on_delete` works as with the real engine."""
    program.up(stream(opts="pulumi.ResourceOptions(retain_on_delete=True)"))
    program.up("pass")
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == ["one"]


def test_a_protected_resource_is_deleted_only_without_the_protection(program: Program) -> None:
    """It isn't deleted if it is no longer declared, to be replaced, or with the stack."""

    def declare(name: str, protect: str) -> str:
        opts = f"pulumi.ResourceOptions(protect={protect})"
        return f"aws.kinesis.Stream('s', name={name!r}, shard_count=1, opts={opts})"

    told = r"^s.*: protected; deploy without the protection first, then destroy"
    program.up(declare("s", "True"))
    for attempt in (lambda: program.up(""), lambda: program.up(declare("t", "True"))):
        with pytest.raises(LocalError, match=told):
            attempt()
    with pytest.raises(LocalError, match=told):
        program.deployment.destroy()
    program.up(declare("s", "False"))
    assert program.summary.changed == 0
    assert program.deployment.destroy().actions["deleted"] == 1


def test_an_ignored_change_has_no_effect(program: Program, clients: Clients, account: str) -> None:
    """`ignore_changes` keeps the old value, whatever the program declares now."""
    ignoring = "pulumi.ResourceOptions(ignore_changes=['shard_count'])"
    program.up(stream(shards=2, opts=ignoring))
    program.up(stream(shards=5, opts=ignoring))
    assert program.done == [("unchanged", "s")]
    kinesis = clients.client("kinesis", account)
    summary = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


def test_a_name_is_generated_if_the_program_gives_none(program: Program) -> None:
    """The name is the logical name with seven hex digits, the same in each run."""
    declare = ("s = aws.kinesis.Stream('auto', shard_count=1)", "pulumi.export('n', s.name)")
    first = program.up(*declare)["n"]
    assert isinstance(first, str)
    assert first.startswith("auto-")
    assert len(first) == len("auto-") + 7
    assert program.up(*declare)["n"] == first
    assert program.done == [("unchanged", "auto")]


def test_each_resource_has_the_providers_tags_and_its_own_tags_override_them(
    program: Program, clients: Clients, account: str
) -> None:
    """A change of `default_tags` updates the provider's resources."""
    kinesis = clients.client("kinesis", account)

    def tags() -> dict[str, str]:
        listed = kinesis.list_tags_for_stream(StreamName="one")["Tags"]
        return {each["Key"]: each["Value"] for each in listed}

    def declare(default: str) -> tuple[str, str]:
        opts = "pulumi.ResourceOptions(provider=p)"
        return (
            f"p = aws.Provider('p', region='us-east-1', default_tags={{'tags': {default}}})",
            stream(tags="{'own': '1'}", opts=opts),
        )

    program.up(*declare("{'own': '0', 'team': 'a'}"))
    assert tags() == {"own": "1", "team": "a"}
    program.up(*declare("{'owner': 'b'}"))
    assert ("updated", "s") in program.done
    assert tags() == {"own": "1", "owner": "b"}


def test_an_account_that_the_provider_does_not_allow_is_refused(program: Program) -> None:
    """Like with the real provider, nothing is created in an account that isn't allowed."""
    with pytest.raises(LocalError, match=r"^p: account \d{12}; allowed: 999999999999$"):
        program.up(
            "p = aws.Provider('p', region='us-east-1', allowed_account_ids=['999999999999'])",
            stream(opts="pulumi.ResourceOptions(provider=p)"),
        )
    assert program.done == []


def test_an_unknown_type_is_refused_by_name(program: Program) -> None:
    """The message names the resource and the type, in one line."""
    with pytest.raises(LocalError) as told:
        program.up("aws.sqs.Queue('jobs')")
    expected = "jobs: the local cloud doesn't support the resource type aws:sqs/queue:Queue"
    assert str(told.value) == expected


def test_an_unknown_look_up_is_refused_by_name(program: Program) -> None:
    """An unknown look-up is an error. It doesn't give an empty result."""
    with pytest.raises(LocalError) as told:
        program.up("aws.ec2.get_vpc(default=True)")
    assert str(told.value) == "the local cloud doesn't support the look-up aws:ec2/getVpc:getVpc"


def test_the_callers_account_can_be_looked_up(program: Program, account: str) -> None:
    """`get_caller_identity` and `get_region` give the emulator's account and region."""
    outputs = program.up(
        "pulumi.export('account', aws.get_caller_identity().account_id)",
        "pulumi.export('region', aws.get_region().region)",
    )
    assert outputs == {"account": account, "region": "us-east-1"}


def test_an_aws_error_names_the_resource_in_one_line(program: Program) -> None:
    """The message contains the resource, the operation, and AWS's message."""
    group = "aws.cloudwatch.LogStream('job', name='x', log_group_name='/none')"
    with pytest.raises(LocalError) as told:
        program.up(group)
    assert str(told.value) == (
        "job (aws:cloudwatch/logStream:LogStream): CreateLogStream: ResourceNotFoundException: "
        "The specified log group does not exist: /none"
    )


def test_resources_from_before_a_failure_are_kept_and_the_rest_follows(program: Program) -> None:
    """A failed run can be run again. It continues where it stopped."""
    broken = (
        f"s = {stream()}",
        "aws.cloudwatch.LogStream('job', name='x', log_group_name=s.name)",
    )
    with pytest.raises(LocalError, match="CreateLogStream"):
        program.up(*broken)
    assert program.done == [("created", "s")]
    program.up(
        f"s = {stream()}",
        "g = aws.cloudwatch.LogGroup('g', name=s.name)",
        "aws.cloudwatch.LogStream('job', name='x', log_group_name=g.name)",
    )
    assert program.done == [("unchanged", "s"), ("created", "g"), ("created", "job")]


def test_a_programs_own_error_is_reported_as_it_is(program: Program) -> None:
    """A `RunError` is for the person who configured the stack."""
    with pytest.raises(LocalError, match=r"^shards: given 0; allowed: 1 or more$"):
        program.up("raise pulumi.RunError('shards: given 0; allowed: 1 or more')")


def test_a_defect_of_the_program_keeps_its_own_error(program: Program) -> None:
    """An error that isn't a user's mistake isn't converted to a `LocalError`."""
    with pytest.raises(ZeroDivisionError):
        program.up("1 / 0")


def test_configuration_reaches_the_program(program: Program) -> None:
    """Overrides are set in the project's namespace."""
    outputs = program.up(
        "pulumi.export('size', pulumi.Config().require_object('queue')['size'])",
        config={"tiny:queue.size": 7},
    )
    assert outputs == {"size": 7}


def test_a_secret_stays_secret(program: Program) -> None:
    """An output that contains a secret isn't shown."""
    outputs = program.up(
        "g = aws.cloudwatch.LogGroup('g', name=pulumi.Output.secret('quiet'))",
        "pulumi.export('name', g.name)",
    )
    assert outputs == {"name": "[secret]"}

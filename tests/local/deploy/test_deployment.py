"""What a deployment does, whichever engine does it: a small program on the emulator."""

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


def test_a_resource_is_made_and_its_outputs_are_the_providers(
    program: Program, clients: Clients, account: str
) -> None:
    """The program goes on with what the provider would give it."""
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
    """What is as it should be isn't touched."""
    program.up(stream())
    assert program.done == [("created", "s")]
    program.up(stream())
    assert program.done == [("unchanged", "s")]


def test_a_changed_input_updates_in_place(program: Program, clients: Clients, account: str) -> None:
    """The stream keeps its records: it is the same one."""
    program.up(stream())
    kinesis = clients.client("kinesis", account)
    before = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    program.up(stream(shards=2))
    after = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    assert program.done == [("updated", "s")]
    assert after["OpenShardCount"] == 2
    assert after["StreamCreationTimestamp"] == before["StreamCreationTimestamp"]


def test_a_changed_name_makes_a_new_one(program: Program, clients: Clients, account: str) -> None:
    """Where the provider can't update, the old one goes."""
    program.up(stream("one"))
    program.up(stream("two"))
    assert program.done == [("replaced", "s")]
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == ["two"]


def test_what_is_no_longer_declared_is_deleted(
    program: Program, clients: Clients, account: str
) -> None:
    """The stack is what the program says, not what it once said."""
    program.up(stream())
    program.up("pass")
    assert program.done == [("deleted", "s")]
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == []


def test_what_is_retained_outlives_its_declaration(
    program: Program, clients: Clients, account: str
) -> None:
    """`retain_on_delete` holds here as it does with the real engine."""
    program.up(stream(opts="pulumi.ResourceOptions(retain_on_delete=True)"))
    program.up("pass")
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == ["one"]


def test_what_is_protected_is_deleted_only_once_it_is_no_longer(program: Program) -> None:
    """Neither because it isn't declared any more, nor to be made anew, nor with the stack."""

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


def test_an_ignored_change_is_none(program: Program, clients: Clients, account: str) -> None:
    """`ignore_changes` keeps what stands, whatever the program now says."""
    ignoring = "pulumi.ResourceOptions(ignore_changes=['shard_count'])"
    program.up(stream(shards=2, opts=ignoring))
    program.up(stream(shards=5, opts=ignoring))
    assert program.done == [("unchanged", "s")]
    kinesis = clients.client("kinesis", account)
    summary = kinesis.describe_stream_summary(StreamName="one")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


def test_a_name_is_given_where_the_program_gives_none(program: Program) -> None:
    """As the engine: the logical name and seven hex digits, the same at each run."""
    declare = ("s = aws.kinesis.Stream('auto', shard_count=1)", "pulumi.export('n', s.name)")
    first = program.up(*declare)["n"]
    assert isinstance(first, str)
    assert first.startswith("auto-")
    assert len(first) == len("auto-") + 7
    assert program.up(*declare)["n"] == first
    assert program.done == [("unchanged", "auto")]


def test_the_providers_tags_are_on_each_resource_and_its_own_win(
    program: Program, clients: Clients, account: str
) -> None:
    """`default_tags` reach what is made with the provider, and a change of them updates."""
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
    """As the real provider: nothing is made in another account than the one meant."""
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
    """A look-up that nobody planned isn't answered with nothing."""
    with pytest.raises(LocalError) as told:
        program.up("aws.ec2.get_vpc(default=True)")
    assert str(told.value) == "the local cloud doesn't support the look-up aws:ec2/getVpc:getVpc"


def test_the_callers_account_can_be_looked_up(program: Program, account: str) -> None:
    """`get_caller_identity` and `get_region` answer for the emulator."""
    outputs = program.up(
        "pulumi.export('account', aws.get_caller_identity().account_id)",
        "pulumi.export('region', aws.get_region().region)",
    )
    assert outputs == {"account": account, "region": "us-east-1"}


def test_an_aws_error_names_the_resource_in_one_line(program: Program) -> None:
    """Which resource, which operation, and what AWS said."""
    group = "aws.cloudwatch.LogStream('job', name='x', log_group_name='/none')"
    with pytest.raises(LocalError) as told:
        program.up(group)
    assert str(told.value) == (
        "job (aws:cloudwatch/logStream:LogStream): CreateLogStream: ResourceNotFoundException: "
        "The specified log group does not exist: /none"
    )


def test_what_was_made_before_a_failure_is_kept_and_finished_later(program: Program) -> None:
    """A failed run can be run again: it goes on where it stopped."""
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


def test_a_programs_own_complaint_is_told_as_it_is(program: Program) -> None:
    """A `RunError` is for the person who configured the stack."""
    with pytest.raises(LocalError, match=r"^shards: given 0; allowed: 1 or more$"):
        program.up("raise pulumi.RunError('shards: given 0; allowed: 1 or more')")


def test_a_defect_of_the_program_keeps_its_own_error(program: Program) -> None:
    """What isn't a user's mistake isn't dressed up as one."""
    with pytest.raises(ZeroDivisionError):
        program.up("1 / 0")


def test_configuration_reaches_the_program(program: Program) -> None:
    """Overrides come in under the project's namespace."""
    outputs = program.up(
        "pulumi.export('size', pulumi.Config().require_object('queue')['size'])",
        config={"tiny:queue.size": 7},
    )
    assert outputs == {"size": 7}


def test_a_secret_stays_one(program: Program) -> None:
    """It isn't shown as an output."""
    outputs = program.up(
        "g = aws.cloudwatch.LogGroup('g', name=pulumi.Output.secret('quiet'))",
        "pulumi.export('name', g.name)",
    )
    assert outputs == {"name": "[secret]"}

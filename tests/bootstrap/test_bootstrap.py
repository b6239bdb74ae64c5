"""From nothing to two stacks whose state keeps itself, and back; and on after each failure."""

import shutil
from pathlib import Path

import pytest
from bootstrap_world import BACKEND, KEY, World
from typer.testing import CliRunner, Result

import bootstrap.aws
from bootstrap.errors import BootstrapError
from bootstrap.pulumi import Pulumi
from cli import app

UP = "up --yes --skip-preview --stack tooling"


def run(*given: str, typed: str | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["bootstrap", *given], input=typed)


def without_file(call: str) -> str:
    """Leave out the name of the file that the state goes through."""
    return call.partition(" --file")[0]


def test_the_tooling_stack_comes_up_here_and_its_state_moves_into_its_own_bucket(
    world: World,
) -> None:
    """The exact commands, in their order, each with where its state is."""
    done = run("tooling")
    assert done.exit_code == 0, done.stderr
    assert [without_file(one) for one in world.changes()] == [
        "file -: stack init tooling --secrets-provider passphrase",
        f"file -: {UP}",
        "file -: stack export --show-secrets --stack tooling",
        f"s3 -: stack init tooling --secrets-provider {KEY}",
        "s3 -: stack import --stack tooling",
        "file -: stack rm tooling --yes --force --preserve-config",
    ]
    assert world.stacks("s3")["tooling"]["resources"] == 12
    assert world.stacks("file") == {}


def test_what_is_left_by_hand_is_the_handshake_with_its_link(world: World) -> None:
    """And what else to do next is said: commit the file, set two variables."""
    done = run("tooling")
    assert "the connection is PENDING: confirm it once at" in done.stderr
    assert "https://console.example/connections" in done.stderr
    assert "commit Pulumi.tooling.yaml" in done.stderr
    assert "AWS_PREVIEW_ROLE_ARN=arn:aws:iam::111111111111:role/preview" in done.stderr
    assert f"PULUMI_BACKEND_URL={BACKEND}" in done.stderr
    world.status = "AVAILABLE"
    assert "confirm it" not in run("tooling").stderr


def test_a_second_run_changes_nothing(world: World) -> None:
    """The state is where it belongs, and says what is there."""
    run("tooling")
    world.forget_calls()
    done = run("tooling")
    assert done.exit_code == 0, done.stderr
    assert world.changes() == []
    assert "in s3://stocktrading-state-111111111111-us-east-1" in done.stderr


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("stack init tooling --secrets-provider passphrase", "pulumi stack init: error: it was to"),
        ("up", "pulumi up tooling: exit code 255; run the same command again"),
        ("stack export", "pulumi stack export: error: it was to fail"),
        (f"stack init tooling --secrets-provider {KEY[:12]}", "pulumi stack init: error: it was"),
        ("stack import", "pulumi stack import: error: it was to fail"),
        ("stack rm", "pulumi stack rm: error: it was to fail"),
    ],
)
def test_after_a_failure_the_same_command_goes_on(world: World, failing: str, said: str) -> None:
    """From whatever step; the end is the same, and nothing is made twice."""
    world.fail(failing)
    first = run("tooling")
    assert first.exit_code == 1
    assert said in first.stderr.splitlines()[-1]
    second = run("tooling")
    assert second.exit_code == 0, second.stderr
    assert world.stacks("s3")["tooling"]["resources"] == 12
    inits = [one for one in world.changes() if "passphrase" in one]
    assert len(inits) == (2 if "passphrase" in failing else 1)


def test_a_move_that_was_cut_short_does_not_deploy_again(world: World) -> None:
    """What this machine knows is complete, and goes on to the bucket."""
    world.fail("stack import")
    run("tooling")
    world.forget_calls()
    assert run("tooling").exit_code == 0
    assert not [one for one in world.changes() if " up " in one]
    assert not [one for one in world.changes() if " init " in one]


def test_a_bucket_that_nobody_here_made_is_not_taken_over(world: World) -> None:
    """Its stack's state is elsewhere, or lost."""
    (world.directory / "bucket").touch()
    done = run("tooling")
    assert done.exit_code == 1
    assert "neither it nor this machine has a state of tooling" in done.stderr
    assert world.changes() == []


def test_another_accounts_credentials_are_refused_before_anything(world: World) -> None:
    """One line that says whose they are and whose they should be."""
    done = run("tooling", "--profile", "workload")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "of account 222222222222; Pulumi.tooling.yaml says 111111111111" in line
    assert world.calls() == []


def test_without_pulumi_it_says_how_to_get_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of the locked SDK."""
    monkeypatch.setenv("PATH", str(world.project))
    done = run("tooling")
    assert done.exit_code == 1
    assert "the pulumi command isn't installed: .ci/install-pulumi" in done.stderr


def test_it_waits_for_the_handshake_if_asked_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And ends with 1 where nobody finishes it."""
    monkeypatch.setattr(bootstrap.aws, "POLL_SECONDS", 20.0)
    slept: list[float] = []
    monkeypatch.setattr(bootstrap.aws.time, "sleep", slept.append)
    done = run("tooling", "--wait", "1")
    assert done.exit_code == 1
    assert "the connection is PENDING after 1 minutes: confirm it at" in done.stderr
    assert slept == [20.0] * 3
    world.available_after = world.asked + 3
    done = run("tooling", "--wait", "1")
    assert done.exit_code == 0
    assert "its connection is AVAILABLE" in done.stderr


def test_a_workload_stack_keeps_its_state_with_the_tooling(world: World) -> None:
    """Pulumi has the tooling's credentials; the stack's provider has the workload's, meanwhile."""
    run("tooling", "--profile", "tooling")
    world.forget_calls()
    done = run("sandbox", "--profile", "workload", "--tooling-profile", "tooling")
    assert done.exit_code == 0, done.stderr
    assert world.changes() == [
        f"s3 tooling: stack init sandbox --secrets-provider {KEY}",
        "s3 tooling: config set profile workload --stack sandbox",
        "s3 tooling: up --yes --skip-preview --refresh --stack sandbox",
        "s3 tooling: config rm profile --stack sandbox",
    ]
    assert world.stacks("s3")["sandbox"]["made_with"] == "workload"
    assert world.stacks("s3")["sandbox"]["config"] == {}
    assert "https://console.example/dashboard" in done.stderr


def test_a_failed_deployment_leaves_no_persons_profile_behind(world: World) -> None:
    """The pipeline, which has none of that name, would fail for it."""
    run("tooling")
    world.fail("up")
    done = run("sandbox", "--profile", "workload")
    assert done.exit_code == 1
    assert world.stacks("s3")["sandbox"]["config"] == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["sandbox"], "--profile: required, because sandbox is in account 222222222222"),
        (
            ["sandbox", "--profile", "workload", "--tooling-profile", "workload"],
            "of account 222222222222; Pulumi.tooling.yaml says 111111111111",
        ),
        (["sandbox", "--profile", "workload"], "NoSuchBucket"),
        (["prod"], "it has sandbox, tooling"),
    ],
)
def test_a_workload_that_can_not_be_yet_is_one_line(
    world: World, given: list[str], said: str
) -> None:
    """Nothing is changed."""
    done = run(*given)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert said in line
    assert world.changes() == []


def test_static_credentials_do_not_come_before_a_profile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi would take those of the environment, which may be of another account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    program = Path(shutil.which("pulumi") or "")
    check = "assert 'AWS_ACCESS_KEY_ID' not in os.environ\nmain(sys.argv[1:])\n"
    program.write_text(program.read_text().replace("main(sys.argv[1:])\n", check))
    assert run("tooling", "--profile", "tooling").exit_code == 0
    assert world.calls()


def test_all_goes_the_state_last(world: World) -> None:
    """The workload first; then the tooling's state comes here, its buckets are emptied."""
    run("tooling")
    run("sandbox", "--profile", "workload")
    world.forget_calls()
    early = run("tooling", "--destroy", "--yes")
    assert early.exit_code == 1
    assert "the state of sandbox is in the same bucket" in early.stderr
    assert "stocktrading bootstrap sandbox --destroy first" in early.stderr
    assert world.changes() == []
    assert run("sandbox", "--profile", "workload", "--destroy", "--yes").exit_code == 0
    done = run("tooling", "--destroy", "--yes")
    assert done.exit_code == 0, done.stderr
    assert [without_file(one) for one in world.changes()] == [
        "s3 -: config set profile workload --stack sandbox",
        "s3 -: destroy --yes --skip-preview --run-program --stack sandbox",
        "s3 -: config rm profile --stack sandbox",
        "s3 -: stack rm sandbox --yes --preserve-config",
        "s3 -: stack export --show-secrets --stack tooling",
        "file -: stack init tooling --secrets-provider passphrase",
        "file -: stack import --stack tooling",
        "file -: destroy --yes --skip-preview --stack tooling",
        "file -: stack rm tooling --yes --preserve-config",
    ]
    assert world.stacks("file") == {}
    assert not (world.directory / "full").exists()
    assert "nothing is there" in run("tooling", "--destroy", "--yes").stderr


@pytest.mark.parametrize("failing", ["stack export", "stack import", "destroy", "stack rm"])
def test_a_destroy_goes_on_after_a_failure(world: World, failing: str) -> None:
    """From whatever step."""
    run("tooling")
    world.fail(failing)
    assert run("tooling", "--destroy", "--yes").exit_code == 1
    done = run("tooling", "--destroy", "--yes")
    assert done.exit_code == 0, done.stderr
    assert world.stacks("file") == {}
    assert not (world.directory / "bucket").exists()


@pytest.mark.parametrize(("typed", "code"), [("111111111111\n", 0), ("yes\n", 1)])
def test_destroying_asks_for_the_accounts_id(world: World, typed: str, code: int) -> None:
    """So that nobody destroys by habit."""
    run("tooling")
    world.forget_calls()
    done = run("tooling", "--destroy", typed=typed)
    assert done.exit_code == code
    assert bool(world.changes()) is (code == 0)
    assert ("nothing was changed" in done.stderr) is (code == 1)


def test_the_stand_in_refuses_what_pulumi_would(world: World) -> None:
    """One that took anything would prove nothing."""
    run("tooling")
    here = Pulumi(project=world.project, backend=(world.project / ".bootstrap").as_uri())
    home = Pulumi(project=world.project, backend=BACKEND)
    for pulumi, command, said in (
        (home, "stack init tooling --secrets-provider passphrase", "already exists"),
        (home, "stack rm tooling --yes --preserve-config", "still has resources"),
        (home, "stack rm tooling --yes --force", "would go, too"),
        (here, "stack output --json --stack tooling", "no stack named 'tooling'"),
        (here, "stack teleport", "unknown command"),
    ):
        with pytest.raises(BootstrapError, match=said):
            pulumi.ask(*command.split())

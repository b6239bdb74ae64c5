"""The first deployment of both stacks, their removal, and continuing after each failure."""

import json
import shutil
from pathlib import Path

import pytest
from bootstrap_world import BACKEND, KEY, OUTPUTS, SANDBOX_KEY, World
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
    """Replace the name of the temporary file for the state."""
    return call.partition(" --file")[0]


def test_the_tooling_stack_is_deployed_with_local_state_that_moves_to_its_bucket(
    world: World,
) -> None:
    """The test compares the exact commands in their order, each with its backend."""
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


def test_the_output_asks_to_confirm_the_connection_and_gives_its_link(world: World) -> None:
    """It also lists the next steps: commit the file, and set two variables."""
    done = run("tooling")
    assert "the connection is PENDING: confirm it once at" in done.stderr
    assert "https://console.example/connections" in done.stderr
    assert "commit Pulumi.tooling.yaml" in done.stderr
    assert "AWS_PREVIEW_ROLE_ARN=arn:aws:iam::111111111111:role/preview" in done.stderr
    assert f"PULUMI_BACKEND_URL={BACKEND}" in done.stderr
    world.status = "AVAILABLE"
    assert "confirm it" not in run("tooling").stderr


def test_a_second_run_changes_nothing(world: World) -> None:
    """The state is already in its bucket."""
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
def test_after_a_failure_the_same_command_continues(world: World, failing: str, said: str) -> None:
    """This holds after a failure of any step. The end is the same, and nothing is made twice."""
    world.fail(failing)
    first = run("tooling")
    assert first.exit_code == 1
    assert said in first.stderr.splitlines()[-1]
    second = run("tooling")
    assert second.exit_code == 0, second.stderr
    assert world.stacks("s3")["tooling"]["resources"] == 12
    inits = [one for one in world.changes() if "passphrase" in one]
    assert len(inits) == (2 if "passphrase" in failing else 1)


def test_an_interrupted_move_continues_without_another_deployment(world: World) -> None:
    """The state on this machine is complete, and is moved to the bucket."""
    world.fail("stack import")
    run("tooling")
    world.forget_calls()
    assert run("tooling").exit_code == 0
    assert not [one for one in world.changes() if " up " in one]
    assert not [one for one in world.changes() if " init " in one]


def test_an_existing_bucket_without_a_known_state_is_refused(world: World) -> None:
    """The state of the bucket's stack is elsewhere or lost."""
    (world.directory / "bucket").touch()
    done = run("tooling")
    assert done.exit_code == 1
    assert "neither it nor this machine has a state of tooling" in done.stderr
    assert world.changes() == []


def test_another_accounts_credentials_are_refused_before_anything(world: World) -> None:
    """The message has one line with the given and the required account."""
    done = run("tooling", "--profile", "workload")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "of account 222222222222; Pulumi.tooling.yaml says 111111111111" in line
    assert world.calls() == []


def test_without_pulumi_it_says_how_to_get_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version is that of the locked SDK."""
    monkeypatch.setenv("PATH", str(world.project))
    done = run("tooling")
    assert done.exit_code == 1
    assert "the pulumi command isn't installed: .ci/install-pulumi" in done.stderr


def test_it_can_wait_until_the_connection_is_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with exit code 1 if nobody confirms the connection."""
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


def test_a_workload_stack_that_is_no_target_of_the_pipeline_is_refused(world: World) -> None:
    """The tooling stack has no key for its secrets. The message says what to do."""
    told = OUTPUTS["tooling"] | {"state_secrets_providers": {"tooling": KEY}}
    outputs = {**OUTPUTS, "tooling": told}
    (world.directory / "outputs.json").write_text(json.dumps(outputs), "utf-8")
    run("tooling", "--profile", "tooling")
    world.forget_calls()
    done = run("sandbox", "--profile", "workload", "--tooling-profile", "tooling")
    assert done.exit_code == 1
    assert "stack tooling has no key for the secrets of sandbox: list sandbox under" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert world.changes() == []


def test_a_workload_stacks_state_is_in_the_tooling_account(world: World) -> None:
    """Pulumi has the tooling account's credentials, and the provider the workload account's."""
    run("tooling", "--profile", "tooling")
    world.forget_calls()
    done = run("sandbox", "--profile", "workload", "--tooling-profile", "tooling")
    assert done.exit_code == 0, done.stderr
    assert world.changes() == [
        f"s3 tooling: stack init sandbox --secrets-provider {SANDBOX_KEY}",
        "s3 tooling: config set profile workload --stack sandbox",
        "s3 tooling: up --yes --skip-preview --refresh --run-program --stack sandbox",
        "s3 tooling: config rm profile --stack sandbox",
    ]
    assert world.stacks("s3")["sandbox"]["made_with"] == "workload"
    assert world.stacks("s3")["sandbox"]["config"] == {}
    assert "https://console.example/dashboard" in done.stderr


def test_a_failed_deployment_removes_the_persons_profile(world: World) -> None:
    """The pipeline has no profile of that name and would fail."""
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
def test_a_workload_stack_that_can_not_be_deployed_yet_gives_one_line(
    world: World, given: list[str], said: str
) -> None:
    """Nothing is changed."""
    done = run(*given)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert said in line
    assert world.changes() == []


def test_a_profile_is_preferred_to_static_credentials(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi would use the environment's credentials, which may be for another account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    program = Path(shutil.which("pulumi") or "")
    check = "assert 'AWS_ACCESS_KEY_ID' not in os.environ\nmain(sys.argv[1:])\n"
    program.write_text(program.read_text().replace("main(sys.argv[1:])\n", check))
    assert run("tooling", "--profile", "tooling").exit_code == 0
    assert world.calls()


def test_a_destroy_removes_everything_and_the_state_last(world: World) -> None:
    """The workload is first. Then the tooling's state comes here, and its buckets are emptied."""
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
def test_a_destroy_continues_after_a_failure(world: World, failing: str) -> None:
    """This holds after a failure of any step."""
    run("tooling")
    world.fail(failing)
    assert run("tooling", "--destroy", "--yes").exit_code == 1
    done = run("tooling", "--destroy", "--yes")
    assert done.exit_code == 0, done.stderr
    assert world.stacks("file") == {}
    assert not (world.directory / "bucket").exists()


@pytest.mark.parametrize("stack", ["sandbox", "tooling"])
def test_what_is_protected_keeps_everything(world: World, stack: str) -> None:
    """The engine would delete all the rest first: nothing is changed, and it says what to do."""
    run("tooling")
    if stack == "sandbox":
        run("sandbox", "--profile", "workload")
    world.protect(stack, "key", "sink-store")
    before = world.stacks("s3")
    world.forget_calls()
    profile = ("--profile", "workload") if stack == "sandbox" else ()
    done = run(stack, *profile, "--destroy", "--yes")
    assert done.exit_code == 1
    assert f"key, sink-store in {stack}: protected, so nothing was destroyed" in done.stderr
    assert "set keep_data_on_destroy and keep_code_on_destroy to false" in done.stderr
    assert world.changes() == []
    assert world.stacks("s3") == before


@pytest.mark.parametrize(("typed", "code"), [("111111111111\n", 0), ("yes\n", 1)])
def test_destroying_asks_for_the_accounts_id(world: World, typed: str, code: int) -> None:
    """A wrong answer changes nothing."""
    run("tooling")
    world.forget_calls()
    done = run("tooling", "--destroy", typed=typed)
    assert done.exit_code == code
    assert bool(world.changes()) is (code == 0)
    assert ("nothing was changed" in done.stderr) is (code == 1)


def test_the_stand_in_refuses_what_pulumi_would(world: World) -> None:
    """If it accepted everything, the tests above would show nothing."""
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

"""The GitHub workflows: linters, pinned actions, few permissions and valid commands."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from components.config.tooling import ToolingSettings
from components.pipeline import buildspec
from doctor.stack import read

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path: Path) -> dict[Any, Any]:
    """Read a workflow. YAML 1.1 reads the key `on` as true."""
    return cast("dict[Any, Any]", yaml.safe_load(path.read_text("utf-8")))


@pytest.fixture
def pull_request() -> dict[Any, Any]:
    """Give the pull request's workflow."""
    return load(ROOT / ".github" / "workflows" / "pull-request.yml")


def scripts(workflow: dict[Any, Any]) -> str:
    """Return all commands that a workflow runs."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return "\n".join(step["run"] for step in steps if "run" in step)


def checked(tool: str, *given: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a linter of this environment."""
    command = [Path(sys.executable).parent / tool, *given]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_zizmor_finds_nothing() -> None:
    """Zizmor looks for injection, wide permissions, credentials left behind and more."""
    given = ("--offline", "--persona=pedantic", "--no-progress", ROOT / ".github")
    done = checked("zizmor", *given)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
    ],
)
def test_each_file_follows_githubs_schema(schema: str, paths: list[Path]) -> None:
    """GitHub refuses or ignores a misspelt key."""
    assert paths
    done = checked("check-jsonschema", "--builtin-schema", schema, *paths)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_check_finds_a_misspelt_key(tmp_path: Path) -> None:
    """The schema check fails for a wrong file, so the test above can fail."""
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text("utf-8").replace("runs-on:", "run-on:"), "utf-8")
    done = checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", broken)
    assert done.returncode == 1
    assert "run-on" in done.stdout


def shell_scripts() -> dict[str, str]:
    """Return all shell code: the scripts, the workflows' steps and the builds' commands."""
    files = [*sorted((ROOT / ".ci").iterdir()), *sorted((ROOT / "tools/pulumi").glob("pin"))]
    found = {file.name: file.read_text("utf-8") for file in files}
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            steps = [step["run"] for step in job["steps"] if "run" in step]
            found |= {f"{path.name}, {name}, {at}": text for at, text in enumerate(steps)}
    for name, spec in (("build", buildspec.build()), ("deploy", buildspec.deploy())):
        for phase, told in yaml.safe_load(spec)["phases"].items():
            found[f"{name}, {phase}"] = "\n".join(told["commands"])
    return found


@pytest.mark.parametrize("name", shell_scripts())
def test_shellcheck_finds_nothing(name: str) -> None:
    """No script contains a GitHub expression, whose value would run as code."""
    text = shell_scripts()[name]
    assert "${{" not in text
    done = checked("shellcheck", "--shell=bash", "--external-sources", "-", text=text)
    assert done.returncode == 0, done.stdout


def test_no_workflow_deploys() -> None:
    """Only the pipeline deploys. A token from GitHub can assume only the preview's role."""
    for path in WORKFLOWS:
        workflow = load(path)
        assert not re.search(r"pulumi (up|destroy|refresh|import|state)\b", path.read_text("utf-8"))
        roles = re.findall(r"role-to-assume: (.*)", path.read_text("utf-8"))
        assert set(roles) <= {"${{ vars.AWS_PREVIEW_ROLE_ARN }}"}
        with_token = [name for name, job in workflow["jobs"].items() if token(job)]
        assert with_token == (["preview"] if path.name == "pull-request.yml" else [])


def token(job: dict[str, Any]) -> bool:
    """Whether a job may ask for a token that AWS accepts."""
    return "id-token" in job["permissions"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved, a commit can't. The tag's name is in a comment beside it."""
    uses = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert uses
    for use in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_each_job_has_the_permissions_it_needs_and_no_others(pull_request: dict[Any, Any]) -> None:
    """A job that runs the pull request's code can't write.

    The job that can write runs no such code.
    """
    jobs = pull_request["jobs"]
    assert pull_request["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "test": {"contents": "read"},
        "preview": {"contents": "read", "id-token": "write"},
        "comment": {"pull-requests": "write"},
    }
    assert not any("uses" in step for step in jobs["comment"]["steps"])
    assert set(pull_request[True]) == {"pull_request"}  # not pull_request_target


def test_a_fork_gets_no_preview(pull_request: dict[Any, Any]) -> None:
    """In a preview, a fork's code could use the AWS token."""
    condition = pull_request["jobs"]["preview"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert pull_request["jobs"]["comment"]["needs"] == "preview"


def test_the_job_with_the_token_is_the_one_that_the_role_trusts(
    pull_request: dict[Any, Any],
) -> None:
    """The job has the environment that the role's trust policy names.

    A person lets the job run, on GitHub, before its code gets credentials.
    """
    tooling = read("tooling")
    assert isinstance(tooling, ToolingSettings)
    jobs = pull_request["jobs"]
    named = {name: job["environment"] for name, job in jobs.items() if "environment" in job}
    assert named == {"preview": tooling.github.environment}
    assert [name for name, job in jobs.items() if token(job)] == list(named)


def test_every_stack_without_approval_has_a_preview_and_appears_in_the_comment(
    pull_request: dict[Any, Any],
) -> None:
    """A new stack's name is needed in three places of the workflow.

    This test finds a missing one. A stack that needs an approval has no preview, because the role
    can't read its state.
    """
    tooling = read("tooling")
    assert isinstance(tooling, ToolingSettings)
    stacks = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")} - {
        target.stack for target in tooling.pipeline.targets if not target.previewed
    }
    preview = pull_request["jobs"]["preview"]
    assert set(preview["strategy"]["matrix"]["stack"]) == stacks
    assert set(preview["outputs"]) == stacks
    (comment,) = pull_request["jobs"]["comment"]["steps"]
    assert {name.upper() for name in stacks} <= set(comment["env"])


def test_every_make_target_and_script_of_the_workflow_exists(pull_request: dict[Any, Any]) -> None:
    """The workflow also runs all checks of the pipeline's build."""
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wanted = re.findall(r"\bmake ([a-z-]+)", scripts(pull_request))
    assert set(wanted) <= rules
    assert set(buildspec.CHECKS) <= set(wanted)
    for script in re.findall(r"\.ci/[\w-]+", scripts(pull_request)):
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_uv_is_installed_by_its_hashes_everywhere(pull_request: dict[Any, Any]) -> None:
    """All read one list. No other line installs a package."""
    locked = "--require-hashes -r tools/uv/requirements.txt"
    texts = [scripts(pull_request), buildspec.build(), buildspec.deploy()]
    texts.append((ROOT / "Makefile").read_text("utf-8"))
    for text in texts:
        installs = [line for line in text.splitlines() if re.search(r"\bpipx?\b.* install\b", line)]
        assert installs
        assert all(locked in line for line in installs)
    requirements = (ROOT / "tools" / "uv" / "requirements.txt").read_text("utf-8")
    assert re.search(r"^uv==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", requirements, re.MULTILINE)


def test_a_comment_contains_both_previews_whatever_their_text(
    pull_request: dict[Any, Any], tmp_path: Path
) -> None:
    """The comment's script runs with a stub of GitHub's command.

    A preview's text can't end its block.
    """
    (step,) = pull_request["jobs"]["comment"]["steps"]
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/bash\necho "$*"\n', "utf-8")
    gh.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step["run"]],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "NUMBER": "7",
            "HEAD": "abc",
            "TOOLING": "```\n</details> $(touch broken)",
            "SANDBOX": "",
        },
    )
    assert done.stdout == "pr comment 7 --body-file comment.md --edit-last --create-if-none\n"
    assert (tmp_path / "comment.md").read_text("utf-8") == (
        "What abc would change since the last deployment. Changes by hand in AWS are not shown.\n"
        "\n<details><summary>tooling</summary>\n\n"
        "    ```\n    </details> $(touch broken)\n"
        "\n</details>\n"
        "\n<details><summary>sandbox</summary>\n\n"
        "    no preview\n"
        "\n</details>\n"
    )
    assert not (tmp_path / "broken").exists()

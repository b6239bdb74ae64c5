"""What CodeBuild runs, as pure data: only the project's own make targets and commands.

A person can run each command as it is here. The logic is in the targets and commands.
"""

from typing import Any, Final

RUNTIMES: Final = {"python": "3.11", "java": "corretto17"}
"""Runtimes that the build image activates: Managed Flink's Python, and the JDK for Flink."""

CHECKS: Final = ("lint", "test-pure", "test-java", "test-emulator")
"""Targets of the build's variable `CHECKS`. They must pass before anything is packaged. The tests
on a Flink cluster are not among them: each takes minutes, and what they test of the job does not
depend on the commit's infrastructure."""

INSTALL_UV: Final = (
    "python3.11 -m pip install --quiet --root-user-action ignore "
    "--require-hashes -r tools/uv/requirements.txt"
)
"""uv reads all other lock files, so it has one of its own, with hashes."""

CACHED: Final = ("/root/.cache/uv/**/*", "/root/.m2/repository/**/*")
"""Folders of downloads below the home of CodeBuild's user, root. A lock file or a pom pins each."""

RESTORES: Final = """\
uv run stocktrading release restores --stack "$STACK" --version "$VERSION" \\
  --bucket "$ARTIFACT_BUCKET" --role-arn "$DEPLOYER_ROLE_ARN"
"""

ROLL_OUT: Final = """\
if PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true \\
  pulumi up --yes --non-interactive --refresh --run-program --policy-pack policies \\
        --message "$VERSION" \\
  && uv run stocktrading release start --stack "$STACK" --role-arn "$DEPLOYER_ROLE_ARN" \\
  && uv run stocktrading release verify --stack "$STACK" --version "$VERSION" \\
       --role-arn "$DEPLOYER_ROLE_ARN" --minutes "$VERIFY_MINUTES"; then
  uv run stocktrading release prune --stack "$STACK" --role-arn "$DEPLOYER_ROLE_ARN" \\
    --keep "$KEEP_SNAPSHOTS"
else
  echo "$VERSION does not work in $STACK: rolling back to the previous version" >&2
  uv run stocktrading release rollback --stack "$STACK" --version "$VERSION" \\
    --role-arn "$DEPLOYER_ROLE_ARN"
  exit 1
fi
"""
"""This is a single command, so that the roll-back runs after a failure. If a roll-out failed before
it changed the application, the roll-back has nothing to do and says so. `pulumi up` doesn't start a
stopped application, so `release start` comes before the check. With `--run-program` the refresh
uses the program's provider, which assumes the deployer. Without it, the refresh would use the
provider in the state, which may have the profile of the person who deployed last. Pulumi may fetch
no plugin, because `.ci/install-pulumi` has installed the AWS plugin by its checksum."""


def build() -> str:
    """Give the build's buildspec: test, package under the commit's id, publish once."""
    return _render(
        install=[INSTALL_UV, "make setup"],
        commands=[
            'read -ra targets <<< "$CHECKS" && make "${targets[@]}"',
            'make package VERSION="$VERSION"',
            'uv run stocktrading release publish --version "$VERSION" --bucket "$ARTIFACT_BUCKET"',
        ],
    )


def deploy() -> str:
    """Give the deploy's buildspec: fetch, `pulumi up`, start, verify, roll back if needed."""
    return _render(
        install=[INSTALL_UV, "uv sync --quiet --frozen", "bash .ci/install-pulumi /usr/local/bin"],
        commands=[
            'uv run stocktrading release fetch --version "$VERSION" --bucket "$ARTIFACT_BUCKET"',
            'pulumi login --non-interactive "$STATE_URL"',
            'pulumi stack select --create --secrets-provider "$SECRETS_PROVIDER" "$STACK"',
            "pulumi config set assume deployer",
            RESTORES,
            'uv run stocktrading release snapshot --stack "$STACK" --role-arn "$DEPLOYER_ROLE_ARN"',
            ROLL_OUT,
        ],
    )


def _render(*, install: list[str], commands: list[str]) -> str:
    import yaml  # noqa: PLC0415 -- the command line's help reads CHECKS, and needs no YAML

    spec: dict[str, Any] = {
        "version": 0.2,
        "env": {"shell": "bash"},
        "phases": {
            "install": {"runtime-versions": RUNTIMES, "commands": install},
            # A failed command ends its phase. Without ABORT, the next phase would still run.
            "build": {"on-failure": "ABORT", "commands": commands},
        },
        "cache": {"paths": list(CACHED)},
    }
    spec["phases"]["install"]["on-failure"] = "ABORT"
    return yaml.safe_dump(spec, sort_keys=False, width=1000)

"""Deploys a stack of this project on the emulator with Pulumi's own engine.

Pulumi's command line runs the engine. The Automation API runs the program in this process. The
engine's `aws` provider also runs in this process. The state is in files.
"""

import runpy
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml
from pulumi import automation

from components.config.stack_config import StackConfig
from local.clients import Clients
from local.deploy.deployment import PROJECT, configuration, quiet
from local.deploy.outcome import Outcome
from local.deploy.plan import Report, Summary, refused_protected
from local.deploy.provider import AwsProvider, serving
from local.deploy.pulumi_command import command
from local.deploy.resources.model import Cloud
from local.errors import LocalError

PROTECTED: Final = ("it is protected", "marked for protection")
"""Parts of the engine's messages about a protected resource that it can't delete or replace."""


@dataclass(frozen=True, kw_only=True)
class PulumiDeployment:
    """A stack on an endpoint, like `Deployment`, but deployed by Pulumi's engine.

    `state` is a directory. The engine's files are in its subdirectory `pulumi`. `policy_packs` are
    the directories of the policy packs that the engine enforces.
    """

    stack: str
    account: str
    clients: Clients
    state: Path
    project: Path = PROJECT
    report: Report = quiet
    policy_packs: Sequence[Path] = ()
    _program_error: list[Exception] = field(default_factory=list[Exception], repr=False)

    def up(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy the program's stack, and give its outputs and a summary of the changes.

        Arguments and errors are those of `Deployment.up`.
        """
        packs = [self._analyzer(pack) for pack in self.policy_packs]
        with self._running(overrides or {}) as (stack, outcome):
            # With the program, the refresh uses the program's provider, not the one in the state.
            done = stack.up(
                refresh=refresh,
                run_program=refresh or None,
                policy_packs=packs,
                on_event=outcome.hear,
            )
        shown = {key: "[secret]" if out.secret else out.value for key, out in done.outputs.items()}
        return dict(sorted(shown.items())), outcome.summary

    def preview(self, overrides: Mapping[str, object] | None = None) -> Mapping[str, int]:
        """Give the number of resources that `up` would change, by the engine's name of the step."""
        with self._running(overrides or {}) as (stack, outcome):
            done = stack.preview(on_event=outcome.hear)
        return _steps(done.change_summary)

    def refresh(self) -> Mapping[str, int]:
        """Update the state from the existing resources, and give the steps like `preview`."""
        with self._running({}) as (stack, outcome):
            done = stack.refresh(on_event=outcome.hear)
        return _steps(done.summary.resource_changes or {})

    def destroy(self) -> Summary:
        """Delete all resources in the state, or nothing if a resource is protected.

        Without this check the engine would delete the other resources, because no preview runs
        before.
        """
        with self._running({}) as (stack, outcome):
            kept = stack.export_stack().deployment or {}
            held = [each["urn"] for each in kept.get("resources", []) if each.get("protect")]
            if held:
                raise refused_protected([_name(urn) for urn in held])
            stack.destroy(on_event=outcome.hear)
        return outcome.summary

    @property
    def _directory(self) -> Path:
        return self.state / "pulumi"

    @contextmanager
    def _running(
        self, overrides: Mapping[str, object]
    ) -> Generator[tuple[automation.Stack, Outcome]]:
        """Give the stack while the provider is served. Raise an error with one line."""
        config = configuration(self.project, self.stack, overrides)
        cloud = Cloud(self.clients, self.account, self.clients.region, self.project)
        provider, outcome = AwsProvider(cloud), Outcome(self.report)
        self._program_error.clear()
        with serving(provider) as port:
            try:
                yield self._stack(config, port), outcome
            except (automation.CommandError, automation.InlineSourceRuntimeError) as error:
                raise self._failure(provider, outcome) or error from error

    def _failure(self, provider: AwsProvider, outcome: Outcome) -> Exception | None:
        """Give the first error, from the most precise source.

        None means that the error is no user's mistake, and only the command line's output explains
        it.
        """
        if provider.failures:
            return provider.failures[0]
        if self._program_error:
            (error,) = self._program_error
            return LocalError(str(error)) if isinstance(error, pulumi.RunError) else error
        held = [line for line in outcome.errors if any(word in line for word in PROTECTED)]
        if held:
            return refused_protected(_names(held))
        told = [line for line in outcome.errors if "Traceback" not in line]
        return LocalError(told[0]) if told else None

    def _stack(self, config: StackConfig, port: int) -> automation.Stack:
        work = self._directory / "work"
        for directory in (work, self._directory / "state"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(work / f"Pulumi.{self.stack}.yaml", config)
        return automation.create_or_select_stack(
            stack_name=self.stack,
            project_name=config.project,
            program=self._program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(work),
                pulumi_home=str(self._directory / "home"),
                pulumi_command=command(),
                secrets_provider="passphrase",
                project_settings=automation.ProjectSettings(
                    name=config.project,
                    runtime="python",
                    main=str(self.project),
                    backend=automation.ProjectBackend(url=(self._directory / "state").as_uri()),
                ),
                env_vars={
                    "PULUMI_CONFIG_PASSPHRASE": "",  # only the owner can read the files
                    "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                },
            ),
        )

    def _analyzer(self, pack: Path) -> str:
        """Give a script that runs a pack. Pulumi itself would need its release's language host."""
        script = self._directory / "bin" / pack.name
        script.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{pack}" "$1"\n', "utf-8")
        script.chmod(0o700)
        return str(script)

    def _program(self) -> None:
        root = str(self.project)
        if root not in sys.path:
            sys.path.insert(0, root)
        try:
            runpy.run_path(str(self.project / "__main__.py"), run_name="__main__")
        except Exception as error:
            self._program_error.append(error)
            raise


def _write(path: Path, config: StackConfig) -> None:
    """Write the configuration, and keep the file's settings for the encryption of secrets."""
    kept: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(yaml.safe_dump(kept | {"config": dict(config.values)}), "utf-8")


def _steps(changes: Mapping[Any, int]) -> Mapping[str, int]:
    return {automation.OpType(step).value: count for step, count in changes.items()}


def _names(lines: Sequence[str]) -> list[str]:
    """Give the names of the resources whose URNs are in the engine's messages."""
    words = [word.strip("\"'.,:`") for line in lines for word in line.split()]
    return sorted({_name(word) for word in words if word.startswith("urn:pulumi:")})


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]

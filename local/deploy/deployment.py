"""Deploys a stack of this project on the emulator, in this process and without the Pulumi CLI.

The program, `__main__.py`, is the one that `pulumi up` runs, with the configuration that Pulumi's
engine would read. `engine.py` receives the registrations of resources, and `resources/` creates the
resources.
"""

import asyncio
import contextvars
import logging
import runpy
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import set_all_config
from pulumi.runtime.mocks import MockEngine
from pulumi.runtime.settings import Settings, configure
from pulumi.runtime.stack import run_in_stack

from components.base.validation import SettingsError
from components.config.stack_config import StackConfig
from local.clients import Clients
from local.deploy.engine import Engine, Monitor
from local.deploy.plan import Action, Check, Plan, Report, Summary, accept, refuse_protected
from local.deploy.resources.model import Cloud
from local.deploy.state import Resource, StackState
from local.directory import PROJECT
from local.errors import LocalError

logger = logging.getLogger(__name__)


def quiet(action: Action, resource: Resource) -> None:
    """Report only to the log."""
    logger.info("%s %s", action, resource.name)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack on an endpoint, and the place of its state.

    `state` is a directory with one file for each stack. `project` is the directory of a Pulumi
    project.
    """

    stack: str
    account: str
    clients: Clients
    state: Path
    project: Path = PROJECT
    report: Report = quiet
    check: Check = accept
    """Refuses a resource before it is created."""

    def up(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy the program's stack, and give its outputs and a summary of the changes.

        `overrides` replace values of the configuration, by key or by a path into a structured value
        (`stocktrading-analytics:sink.buffer_seconds`). With `refresh`, changes that others made to
        resources are undone. Raises `LocalError` with a message of one line. Resources that were
        created before the error remain, and are in the state.
        """
        config = configuration(self.project, self.stack, overrides or {})
        state = self._state()
        plan = Plan(state=state, report=self.report, refresh=refresh, check=self.check)
        engine = Engine(plan, self._cloud(self.account, self.clients.region))
        _in_a_thread_of_its_own(lambda: self._run(config, engine))
        for resource in reversed(list(state)):
            if resource.urn not in engine.registered:
                plan.delete(
                    resource,
                    replace(engine.cloud, account=resource.account, region=resource.region),
                )
        return engine.stack_outputs, plan.summary

    def destroy(self) -> Summary:
        """Delete all resources in the state, the newest first.

        Deletes nothing if a resource is protected. Raises `LocalError` with a message of one line.
        """
        plan = Plan(state=self._state(), report=self.report)
        refuse_protected(plan.state)
        for resource in reversed(list(plan.state)):
            plan.delete(resource, self._cloud_of(resource))
        return plan.summary

    def _state(self) -> StackState:
        return StackState(self.state / f"{self.stack}.json", self.clients.endpoint)

    def _cloud(self, account: str, region: str) -> Cloud:
        return Cloud(self.clients, account, region, self.project)

    def _cloud_of(self, resource: Resource) -> Cloud:
        return self._cloud(resource.account, resource.region)

    def _run(self, config: StackConfig, engine: Engine) -> None:
        """Run the program. The SDK's settings are in this thread's context and end with it."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # After a failed registration, others still wait for its outputs. The failure is raised
        # once, below.
        loop.set_exception_handler(lambda _, __: None)
        settings = Settings(
            project=config.project,
            stack=config.stack,
            monitor=Monitor(engine),
            engine=MockEngine(logging.getLogger("pulumi")),
            dry_run=False,
            root_directory=str(self.project),
        )
        configure(settings)
        set_all_config(dict(config.values))
        try:
            loop.run_until_complete(run_in_stack(self._program))
        except pulumi.RunError as error:
            raise engine.failure or LocalError(str(error)) from error
        except Exception as error:
            if engine.failure is None:
                raise
            raise engine.failure from error
        finally:
            loop.close()
        if engine.failure is not None:
            raise engine.failure

    def _program(self) -> None:
        root = str(self.project)
        if root not in sys.path:
            sys.path.insert(0, root)
        runpy.run_path(str(self.project / "__main__.py"), run_name="__main__")


def configuration(project: Path, stack: str, overrides: Mapping[str, object]) -> StackConfig:
    """Give a stack's configuration with overrides. Raises `LocalError` for a wrong value."""
    try:
        return StackConfig.read(project, stack, overrides)
    except SettingsError as error:
        raise LocalError(str(error)) from error


def _in_a_thread_of_its_own(run: Callable[[], None]) -> None:
    """Run a function in a new thread, with no event loop and an empty context.

    Raises what the function raises.
    """
    with ThreadPoolExecutor(1, "pulumi-program") as executor:
        executor.submit(contextvars.Context().run, run).result()

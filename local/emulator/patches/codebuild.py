"""CodeBuild: the limit of builds of a project at a time.

AWS refuses a build above a project's `concurrentBuildLimit` with AccountLimitExceededException, and
doesn't queue it. The emulator forgets the limit, and each build has succeeded when it begins:
`test_builds_have_no_limit`. Here the program that runs a build reports its status with
`ReportBuild`, which is no call of AWS and only for the account's root user. A build counts while it
is `IN_PROGRESS`.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from local.emulator.patches import Module, answer_root

LIMIT: Final = "concurrentBuildLimit"
REPORT: Final = "ReportBuild"

Asked: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[[Asked], Any]


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    codebuild: Module = importlib.import_module("ministack.services.codebuild")
    for name in ("_create_project", "_update_project"):
        setattr(codebuild, name, _keeping(codebuild, getattr(codebuild, name)))
    shape: Callable[[Asked], dict[str, Any]] = codebuild._project_shape

    def shape_with_limit(project: Asked) -> dict[str, Any]:
        return shape(project) | {key: project[key] for key in (LIMIT,) if key in project}

    codebuild._project_shape = shape_with_limit
    codebuild._start_build = _limited(codebuild, codebuild._start_build)
    codebuild.handle_request = answer_root(
        codebuild.handle_request, {REPORT: _report(codebuild)}, codebuild.error_response_json
    )


def _keeping(codebuild: Module, serve: Handler) -> Handler:
    """Give the handler that keeps the limit. A limit of -1 means that there is none."""

    def handle(asked: Asked) -> object:
        answer = serve(asked)
        project = codebuild._projects.get(asked.get("name", ""))
        if project and asked.get(LIMIT, 0) > 0:
            project[LIMIT] = asked[LIMIT]
        elif project and LIMIT in asked:
            project.pop(LIMIT, None)
        if not project:
            return answer
        return codebuild.json_response({"project": codebuild._project_shape(project)})

    return handle


def _limited(codebuild: Module, serve: Handler) -> Handler:
    """Give the handler that refuses a build above the limit."""

    def handle(asked: Asked) -> object:
        name = asked.get("projectName", "")
        project: Asked = codebuild._projects.get(name, {})
        limit = project.get(LIMIT)
        running = [
            build
            for build in codebuild._builds.values()
            if build["projectName"] == name and build["buildStatus"] == "IN_PROGRESS"
        ]
        if limit is not None and len(running) >= limit:
            message = f"Cannot have more than {limit} builds of {name} at a time."
            return codebuild.error_response_json("AccountLimitExceededException", message, 400)
        return serve(asked)

    return handle


def _report(codebuild: Module) -> Handler:
    """Give the handler of a report about a build. It ends a build, or says that it runs."""

    def report_build(asked: Asked) -> object:
        build = codebuild._builds.get(asked["Id"])
        if build is not None and build["buildStatus"] != "STOPPED":
            build["buildStatus"] = asked["BuildStatus"]
            ended = asked["BuildStatus"] != "IN_PROGRESS"
            build["currentPhase"] = "COMPLETED" if ended else "BUILD"
            build["endTime"] = int(time.time())
        return codebuild.json_response({})

    return report_build

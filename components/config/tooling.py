"""The settings of `Pulumi.<stack>.yaml` for a stack of kind `tooling`."""

from pydantic.dataclasses import dataclass

from components.access.github import GitHubArgs
from components.base.place import StackPlace
from components.base.pydantic_config import STRICT
from components.pipeline.artifacts import ArtifactsArgs
from components.pipeline.build_project import BuildArgs
from components.pipeline.notifications import NotificationsArgs
from components.pipeline.pipeline import PipelineArgs, RepositoryArgs
from components.storage.key import KeyArgs
from components.storage.pulumi_state import StateArgs


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ToolingSettings(StackPlace):
    """The account that builds and rolls out."""

    repository: RepositoryArgs
    """The repository that is built and rolled out."""
    pipeline: PipelineArgs
    """The order of roll-outs and their targets."""
    key: KeyArgs = KeyArgs()
    artifacts: ArtifactsArgs = ArtifactsArgs()
    build: BuildArgs = BuildArgs()
    notifications: NotificationsArgs = NotificationsArgs()
    state: StateArgs = StateArgs()
    github: GitHubArgs = GitHubArgs()

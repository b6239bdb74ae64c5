"""What `Pulumi.<stack>.yaml` says of a stack of kind `tooling`."""

from pydantic.dataclasses import dataclass

from components.artifacts import ArtifactsArgs
from components.build_project import BuildArgs
from components.github import GitHubArgs
from components.key import KeyArgs
from components.notifications import NotificationsArgs
from components.pipeline import PipelineArgs, RepositoryArgs
from components.place import StackPlace
from components.state import StateArgs
from components.strict import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ToolingSettings(StackPlace):
    """The account that builds and rolls out."""

    repository: RepositoryArgs
    """What is built and rolled out."""
    pipeline: PipelineArgs
    """Where it goes."""
    key: KeyArgs = KeyArgs()
    artifacts: ArtifactsArgs = ArtifactsArgs()
    build: BuildArgs = BuildArgs()
    notifications: NotificationsArgs = NotificationsArgs()
    state: StateArgs = StateArgs()
    github: GitHubArgs = GitHubArgs()

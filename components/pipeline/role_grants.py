"""The permissions of the pipeline's roles: what the build, the deployment and a preview may do."""

from collections.abc import Sequence

from components.base.iam import Grant
from components.pipeline import buildspec
from components.pipeline.artifacts import Artifacts
from components.pipeline.build_project import Work
from components.pipeline.pipeline import TargetArgs
from components.storage.pulumi_state import PulumiState


def build_work(artifacts: Artifacts) -> Work:
    """Test, package and publish. The role may write new releases. It can enter no other account."""
    return Work(
        noun="build",
        description="Tests, packages and publishes a commit",
        buildspec=buildspec.build(),
        variables={"ARTIFACT_BUCKET": artifacts.bucket, "CHECKS": " ".join(buildspec.CHECKS)},
        grants=artifacts.publish_release,
    )


def deploy_work(artifacts: Artifacts, state: PulumiState, targets: Sequence[TargetArgs]) -> Work:
    """Roll a release out. The role may assume only the deployer roles of the targets.

    Only one deployment runs at a time, because two would wait for the lock of the same stack.
    """
    return Work(
        noun="deploy",
        description="Rolls a release out to a workload account, verifies it, rolls it back",
        buildspec=buildspec.deploy(),
        variables={
            "ARTIFACT_BUCKET": artifacts.bucket,
            "STATE_URL": state.backend_url,
            "SECRETS_PROVIDER": state.secrets_provider,
        },
        grants=[
            *artifacts.read_releases,
            *state.write,
            Grant(
                actions=["sts:AssumeRole"],
                resources=[target.deployer_role_arn for target in targets],
            ),
        ],
        watches_minutes=max(target.verify_minutes for target in targets),
        concurrent=1,
    )


def preview_grants(state: PulumiState, targets: Sequence[TargetArgs]) -> Sequence[Grant]:
    """Let a preview read the state, and assume each target's role without permissions."""
    roles = [target.previewer_role_arn for target in targets]
    return (*state.read, Grant(actions=["sts:AssumeRole"], resources=roles))

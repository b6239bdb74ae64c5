"""The permissions of the pipeline's roles: what the build, the deployment and a preview may do."""

from collections.abc import Mapping, Sequence

import pulumi

from components.base.iam import Grant
from components.base.names import Names
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


def deploy_work(artifacts: Artifacts, state: PulumiState, target: TargetArgs) -> Work:
    """Roll a release out to one target. The role reaches only that target's account and state.

    So what runs before an approval can't reach the account behind the approval. A stage of the
    pipeline runs once at a time, so two roll-outs of one stack never meet. The project has no limit
    of its own, because CodeBuild refuses a build above it.
    """
    return Work(
        noun=f"deploy-{target.stack}",
        description=f"Rolls a release out to {target.stack}, verifies it, rolls it back",
        buildspec=buildspec.deploy(),
        variables={
            "ARTIFACT_BUCKET": artifacts.bucket,
            "STATE_URL": state.backend_url,
            "SECRETS_PROVIDER": state.secrets_providers[target.stack],
        },
        grants=[
            *artifacts.read_releases,
            *state.write(target.stack),
            Grant(actions=["sts:AssumeRole"], resources=[target.deployer_role_arn]),
        ],
        watches_minutes=target.verify_minutes,
    )


def preview_grants(state: PulumiState, targets: Sequence[TargetArgs]) -> Sequence[Grant]:
    """Let a preview read the state of the stacks that are previewed, with their secrets.

    It may also assume the role without permissions of each such target. The tooling stack is always
    previewed.
    """
    previewed = [target for target in targets if target.previewed]
    stacks = [pulumi.get_stack(), *(target.stack for target in previewed)]
    roles = [target.previewer_role_arn for target in previewed]
    enter = [Grant(actions=["sts:AssumeRole"], resources=roles)] if roles else []
    return [*(grant for stack in stacks for grant in state.read(stack)), *enter]


def secrets_users(names: Names, targets: Sequence[TargetArgs]) -> Mapping[str, Sequence[str]]:
    """Give the names of the roles that use each target's secrets, by its stack."""
    return {
        target.stack: [
            names.pipeline_deploy_role(target.stack),
            *([names.github_preview_role] if target.previewed else ()),
        ]
        for target in targets
    }

"""The role that the tooling account's pipeline assumes to deploy the stack."""

import pulumi
import pulumi_aws as aws

from components.access.deploy_grants import deploy_grants
from components.base.component import Component
from components.base.iam import document
from components.base.names import Names
from components.storage.key import Key


class Deployer(Component):
    """A role for one other role: the pipeline's deploy.

    It changes everything of the stack but itself, its boundary and what holds data. So a change of
    those is deployed by a person, and a pipeline that was taken over can't give itself more.
    """

    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        tooling: Names,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role; `tooling` are the names of the account that the pipeline runs in."""
        super().__init__("stocktrading:delivery:Deployer", name, opts)
        role = aws.iam.Role(
            name,
            name=names.deployer_role,
            description="Deploys the workload stack; assumed by the pipeline's deploy role alone",
            max_session_duration=3600,  # a role assumed through another's credentials has no more
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        # The role itself, so it must be there: the tooling stack goes first. IAM
                        # keeps its unique id, so that a role made anew under the name is refused.
                        "Principal": {"AWS": tooling.role_arn(tooling.pipeline_deploy_role)},
                        "Action": "sts:AssumeRole",
                    }
                ]
            ),
            opts=self.child,
        )
        grants = deploy_grants(names, key_arn=key.arn)
        aws.iam.RolePolicy(
            f"{name}-policy",
            name="grants",
            role=role.name,
            policy=document(grant.statement() for grant in grants),
            opts=self.child,
        )
        self.role_arn = role.arn
        self.publish()

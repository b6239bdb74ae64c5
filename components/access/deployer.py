"""The role that the tooling account's pipeline assumes to deploy the stack."""

import pulumi
import pulumi_aws as aws

from components.access.deploy_grants import deploy_grants
from components.base.component import Component
from components.base.iam import document
from components.base.names import Names
from components.storage.key import Key


class Deployer(Component):
    """A role that only the pipeline's deploy role of the same stack may assume.

    It may change what computes and what shows. A person deploys changes of the rest: what holds
    data, who can reach data, the boundary and this role. So somebody who takes over the pipeline
    can neither get at what is stored nor extend the pipeline's permissions.
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
        """Make the role; `tooling` has the names of the account that the pipeline runs in."""
        super().__init__("stocktrading:delivery:Deployer", name, opts)
        caller = tooling.pipeline_deploy_role(pulumi.get_stack())
        role = aws.iam.Role(
            name,
            name=names.deployer_role,
            description="Deploys the workload stack; only the pipeline's role for it assumes it",
            max_session_duration=3600,  # AWS allows no more to a role that another role assumes
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        # The principal is the role itself, so the tooling stack must exist first.
                        # IAM stores the role's unique id. It refuses a new role of the same name.
                        "Principal": {"AWS": tooling.role_arn(caller)},
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

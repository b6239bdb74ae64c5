"""The role with which a pull request's preview is in a workload account, without a right there."""

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.iam import document
from components.base.names import Names


class Previewer(Component):
    """A role that holds no policy: a preview compares with the state, and asks AWS for nothing.

    It only makes the credentials those of the account that the stack's provider insists on.
    """

    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        tooling: Names,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role; `tooling` are the names of the account that pull requests come through."""
        super().__init__("stocktrading:delivery:Previewer", name, opts)
        caller = tooling.role_arn(tooling.github_preview_role)
        role = aws.iam.Role(
            name,
            name=names.previewer_role,
            description="Previews of pull requests; it may do nothing",
            max_session_duration=3600,
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        # By a condition, as a principal that doesn't exist (yet) is refused.
                        "Principal": {"AWS": tooling.account_root},
                        "Action": "sts:AssumeRole",
                        "Condition": {"ArnEquals": {"aws:PrincipalArn": caller}},
                    }
                ]
            ),
            opts=self.child,
        )
        self.role_arn = role.arn
        self.publish()

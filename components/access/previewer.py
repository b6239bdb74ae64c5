"""The role that a pull request's preview assumes in a workload account. It has no permissions."""

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.iam import document
from components.base.names import Names


class Previewer(Component):
    """A role without a policy: a preview compares with the state and asks AWS for nothing.

    The stack's provider accepts only credentials of the stack's own account. The role gives these.
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
        """Make the role; `tooling` has the names of the account with the preview role."""
        super().__init__("stocktrading:delivery:Previewer", name, opts)
        caller = tooling.role_arn(tooling.github_preview_role)
        role = aws.iam.Role(
            name,
            name=names.previewer_role,
            description="Previews of pull requests; it has no permissions",
            max_session_duration=3600,
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        # A condition names the role, because IAM refuses a principal that
                        # doesn't exist (yet).
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

"""The role of a pull request's workflow on GitHub: it may read the state and change nothing."""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import Grant, document
from components.base.names import Names
from components.base.pydantic_config import STRICT

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GitHubArgs:
    """Whether pull requests get a preview."""

    previews: bool = True
    """Make the role with which a pull request's workflow previews every stack."""
    make_identity_provider: bool = True
    """Make GitHub's identity provider. An account can have one; set false if it has it already."""


class GitHubPreviews(Component):
    """The role of a pull request's workflow."""

    role_arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options, whom it trusts and with what
        self,
        name: str,
        args: GitHubArgs,
        *,
        repository: str,
        grants: Sequence[Grant],
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the identity provider if `args` asks for it, then the role with `grants`."""
        super().__init__("stocktrading:delivery:GitHubPreviews", name, opts)
        provider: pulumi.Output[str] | str = names.global_arn("iam", f"oidc-provider/{ISSUER}")
        if args.make_identity_provider:
            provider = aws.iam.OpenIdConnectProvider(
                f"{name}-issuer",
                url=f"https://{ISSUER}",
                client_id_lists=[AUDIENCE],
                opts=self.child,
            ).arn
        role = aws.iam.Role(
            name,
            name=names.github_preview_role,
            description=f"Previews of the pull requests of {repository}",
            max_session_duration=3600,
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": provider},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {
                            "StringEquals": {
                                f"{ISSUER}:aud": AUDIENCE,
                                # A fork's pull request gets no token at all.
                                f"{ISSUER}:sub": f"repo:{repository}:pull_request",
                            }
                        },
                    }
                ]
            ),
            opts=self.child,
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            name="grants",
            role=role.name,
            policy=document(grant.statement() for grant in grants),
            opts=self.child,
        )
        self.role_arn = role.arn
        self.publish()

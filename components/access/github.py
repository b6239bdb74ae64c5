"""The role of a pull request's workflow on GitHub: it may read states and change nothing.

A pull request's own code runs with this role, and can read what the role can read. So GitHub gives
the token only to jobs of a protected environment, which a person lets run.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import pulumi
import pulumi_aws as aws
from pydantic import Field
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
    """Make the role with which a pull request's workflow previews the stacks that need no
    approval."""
    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=255)] = (
        "preview"
    )
    """The GitHub environment of the previews' jobs. Only they get the role. Set required reviewers
    for it on GitHub, because a pull request's own code runs with the role."""
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
        subjects: Sequence[str],
        repository_id: int | None,
        grants: Sequence[Grant],
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the identity provider if `args` asks for it, then the role with `grants`.

        `subjects` are the beginnings of the subject of the repository's tokens. With
        `repository_id`, a token must also be of the repository with this number.
        """
        super().__init__("stocktrading:delivery:GitHubPreviews", name, opts)
        provider: pulumi.Output[str] | str = names.global_arn("iam", f"oidc-provider/{ISSUER}")
        if args.make_identity_provider:
            provider = aws.iam.OpenIdConnectProvider(
                f"{name}-issuer",
                url=f"https://{ISSUER}",
                client_id_lists=[AUDIENCE],
                opts=self.child,
            ).arn
        claims: dict[str, str | list[str]] = {
            f"{ISSUER}:aud": AUDIENCE,
            # A fork's pull request gets no token at all.
            f"{ISSUER}:sub": [f"{subject}:environment:{args.environment}" for subject in subjects],
        }
        # The form of the subject without numbers would also fit a new repository of the same name.
        # STS checks this claim in commercial regions (AWS's announcement of January 2026).
        if repository_id and names.partition == "aws":
            claims[f"{ISSUER}:repository_id"] = str(repository_id)
        role = aws.iam.Role(
            name,
            name=names.github_preview_role,
            description="Previews of pull requests; it reads states and changes nothing",
            max_session_duration=3600,
            assume_role_policy=document(
                [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": provider},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {"StringEquals": claims},
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

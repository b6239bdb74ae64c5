"""Where a stack is: the settings of every kind of stack, from which its names derive."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.names import Names
from components.base.pydantic_config import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Place:
    """An account, a region, and a prefix that no other stack there has."""

    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The stack's account. Credentials of another account are refused."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    """The region. For the stack itself it is the provider's own key, `aws:region`."""
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,20}[a-z0-9]$")] = "stocktrading"
    """Beginning of every name. It separates two stacks in one account."""

    @property
    def names(self) -> Names:
        """Every name and ARN of the stack."""
        return Names(prefix=self.prefix, account_id=self.account_id, region=self.region)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StackPlace(Place):
    """The settings of the place to which the stack is deployed."""

    endpoint: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """An endpoint to use in place of AWS's own, for an emulator."""
    profile: Annotated[str, Field(pattern=r"^\S+$")] | None = None
    """AWS profile of a person's credentials for this account. It is needed if the environment's
    credentials are for Pulumi's state in another account. `stocktrading bootstrap` sets it for its
    own run. If the stack also assumes a role, as in the pipeline, the profile is ignored."""
    tags: Mapping[str, str] = Field(default_factory=dict)
    """Tags of every resource, in addition to the project's and the stack's names."""

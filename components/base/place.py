"""Where a stack is: what every kind of stack says of itself, and what its names derive from."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.names import Names
from components.base.pydantic_config import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Place:
    """An account and a region, and a prefix that is the stack's own there."""

    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The account that the stack lives in; another's credentials are refused."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    """The stack's region; of the stack itself it is the provider's own key, `aws:region`."""
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,20}[a-z0-9]$")] = "stocktrading"
    """Begins every name, and keeps two stacks in one account apart."""

    @property
    def names(self) -> Names:
        """Every name and ARN of the stack."""
        return Names(prefix=self.prefix, account_id=self.account_id, region=self.region)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StackPlace(Place):
    """The place of the stack that is deployed."""

    endpoint: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Another endpoint than AWS's own, for an emulator."""
    profile: Annotated[str, Field(pattern=r"^\S+$")] | None = None
    """AWS profile of a person's credentials for the account, where those at hand are for Pulumi's
    state in another. `stocktrading bootstrap` sets it for its own run; a role that is assumed, as
    the pipeline does, comes before it."""
    tags: Mapping[str, str] = Field(default_factory=dict)
    """Tags of every resource, beside the project's and the stack's names."""

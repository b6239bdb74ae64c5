"""What the board needs of a workload stack: its outputs, clients and links."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError

from board.aws_errors import explain
from board.errors import BoardError
from board.session import session_for
from stack.outputs import Outputs

_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 1},  # the board polls again anyway, and shows the error
    s3={"addressing_style": "path"},  # a bucket's host name can't be resolved on the local cloud
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link to a page with more information."""

    label: str
    url: str


class Stack(Outputs):
    """A workload stack's outputs, read-only clients for it, and links to its pages."""

    @property
    def place(self) -> str:
        """The stack's place for the page's heading."""
        where = f"local cloud at {urlsplit(self.endpoint).netloc}" if self.endpoint else self.region
        return f"{where}, account {self.account_id}"

    def client(self, service: str) -> Any:  # noqa: ANN401 -- boto3 makes a client's type at run time
        """Make a client with the person's own credentials, or an emulator's.

        Raises `BoardError` if no client can be made, for example with an unknown profile.
        """
        try:
            return session_for(self).client(
                service, region_name=self.region, endpoint_url=self.endpoint, config=_CONFIG
            )
        except (BotoCoreError, ValueError) as error:
            raise BoardError(explain(error)) from error

    def require_credentials(self) -> None:
        """Raise `BoardError` if there are no credentials."""
        sdk: Any = boto3
        if self.endpoint:
            return
        try:
            found = sdk.Session().get_credentials()
        except BotoCoreError as error:
            raise BoardError(explain(error)) from error
        if found is None:
            raise BoardError(explain(NoCredentialsError()))

    def links(self) -> list[Link]:
        """Give links to the pages of AWS's console about this stack.

        There are none for an emulator.
        """
        if self.endpoint:
            return []
        console = f"https://{self.region}.console.aws.amazon.com"
        if self.dashboard_url:  # some partitions have their own console
            console = "{0.scheme}://{0.netloc}".format(urlsplit(self.dashboard_url))
        links = [
            Link(
                label="Application",
                url=f"{console}/flink/home?region={self.region}#/application/"
                f"{quote(self.application_name, safe='')}/details",
            )
        ]
        if self.dashboard_url:
            links.append(Link(label="CloudWatch dashboard", url=self.dashboard_url))
        if self.log_group:
            # The console wants the name quoted twice, with $ for the outer %.
            name = quote(quote(self.log_group, safe=""), safe="").replace("%", "$")
            page = f"home?region={self.region}#logsV2:log-groups/log-group/{name}"
            links.append(Link(label="Log group", url=f"{console}/cloudwatch/{page}"))
        return links

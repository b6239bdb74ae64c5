"""The target of the trades: the ingest stream in a stack's outputs, and a client for it."""

from functools import partial
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from simulator.aws_errors import code_of, explain
from simulator.errors import SimulatorError
from simulator.producer import PutRecords
from stack.outputs import Outputs

_TIMEOUT_SECONDS: Final = 10


class Target(Outputs):
    """A workload stack's outputs, and a client for its ingest stream."""

    def client(self, connections: int, role_arn: str | None = None) -> PutRecords:
        """Make a client for this many threads. It does not retry, because the producer does.

        The client assumes `role_arn`, and assumes it again before the credentials expire. For an
        emulator, the account's root assumes it, and the default is the stack's role for producers.

        Botocore doesn't validate the parameters. The producer makes all of them, and the validation
        takes a third of a request's CPU time.
        """
        config = Config(
            connect_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
            max_pool_connections=connections,
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
        )
        credentials = self.credentials()
        if credentials:
            role_arn = role_arn or self.producer_role_arn
        try:
            # This needs its own session, because the default session keeps its first credentials.
            session = botocore.session.get_session()
            if credentials:
                session.set_credentials(*credentials)
            if role_arn:
                self._assume(session, role_arn)
            client: Any = session.create_client(  # untyped; PutRecords has the type of what is used
                "kinesis", region_name=self.region, endpoint_url=self.endpoint, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise explain(error, self.ingest_stream) from error
        return client

    def _assume(self, session: Any, role_arn: str) -> None:  # noqa: ANN401 -- botocore's sessions have no types
        """Make a session sign as a role. It renews the role's credentials by itself."""
        source = session.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher: Any = AssumeRoleCredentialFetcher(
            client_creator=partial(
                session.create_client, region_name=self.region, endpoint_url=self.endpoint
            ),
            source_credentials=source,
            role_arn=role_arn,
            extra_args={"RoleSessionName": "simulator"},
        )
        try:
            session._credentials = RefreshableCredentials.create_from_metadata(  # noqa: SLF001 -- no public way
                metadata=fetcher.fetch_credentials(),
                refresh_using=fetcher.fetch_credentials,
                method="assume-role",
            )
        except ClientError as error:
            place = f"role {role_arn}"
            problem = "it can't be assumed; check that it trusts your credentials"
            raise SimulatorError(place, f"{problem} ({code_of(error)})") from error

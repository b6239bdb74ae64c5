"""Firehose on this machine: delivers the records of the emulator's delivery streams.

Every request is made with the delivery stream's own role, which is assumed as the service does. So
a missing permission is visible here as on AWS: in the stream's error log. Only buffering is left
out: records are delivered once a second.
"""

import json
import logging
import time
from types import TracebackType
from typing import Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from common.loop import Loop
from local.clients import AwsClient, Clients, Credentials
from local.errors import LocalError
from local.firehose.destinations import EndpointError, insist, post, store, store_failed
from local.firehose.metrics import Figures
from local.firehose.stream import DeliveryStream, Http
from local.firehose.transform import transform
from stack.reader import StreamReader

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
SERVICE: Final = "firehose.amazonaws.com"

CREDENTIALS_SECONDS: Final = 2700
"""How long a role's credentials are used. They are valid for an hour."""


class Firehose:
    """Delivers for an account from `__enter__` to `__exit__`."""

    def __init__(self, clients: Clients, account: str) -> None:
        """Set the account. This starts nothing."""
        self._clients = clients
        self._control = clients.client("firehose", account)
        self._deliveries: dict[str, Delivery] = {}
        self._loop = Loop("firehose", self._watch, POLL_SECONDS)

    def __enter__(self) -> Self:
        """Start watching the account's delivery streams."""
        self._loop.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all deliveries, and wait for those in progress."""
        self._loop.stop()
        for delivery in self._deliveries.values():
            delivery.stop()

    def _watch(self) -> None:
        try:
            self._look()
        except (ClientError, BotoCoreError) as error:
            logger.warning("the delivery streams can't be described: %s", error)
        except Exception:
            logger.exception("the watcher over the delivery streams failed")

    def _look(self) -> None:
        wanted: dict[str, DeliveryStream] = {}
        for name in self._control.list_delivery_streams(Limit=100)["DeliveryStreamNames"]:
            answer = self._control.describe_delivery_stream(DeliveryStreamName=name)
            described = DeliveryStream.from_description(answer["DeliveryStreamDescription"])
            if described is not None:
                wanted[name] = described
        for name in self._deliveries.keys() - wanted.keys():
            self._deliveries.pop(name).stop()
        for name, stream in wanted.items():
            if name in self._deliveries:
                self._deliveries[name].stream = stream
            else:
                self._deliveries[name] = Delivery(stream, self._clients)


class Delivery:
    """Runs one delivery stream on its own thread, because an endpoint may be slow."""

    def __init__(self, stream: DeliveryStream, clients: Clients) -> None:
        """Start delivering. `stream` may later be replaced by a newer description."""
        self.stream = stream
        self._clients = clients
        self._reader: StreamReader | None = None
        self._waiting: list[bytes] = []
        self._oldest = 0.0
        """Time when the first of the waiting records was read."""
        account = stream.role_arn.split(":")[4]
        self._figures = Figures(clients.client("cloudwatch", account), stream.name)
        self._credentials: Credentials | None = None
        self._until = 0.0
        self._made: dict[str, AwsClient] = {}
        self._loop = Loop(stream.name, self._run, POLL_SECONDS)
        self._loop.start()

    def stop(self) -> None:
        """Stop delivering, and wait for a delivery in progress."""
        self._loop.stop()

    def _run(self) -> None:
        try:
            self._deliver()
        except (ClientError, BotoCoreError, LocalError) as error:
            self._complain(str(error))
        except Exception as error:
            logger.exception("%s: the delivery failed", self.stream.name)
            self._complain(f"{type(error).__name__}: {error}")

    def _deliver(self) -> None:
        """Deliver the records that have arrived. If this fails, they wait for the next call."""
        kinesis = self._client("kinesis")
        if self._reader is None:
            # Firehose also checks that the stream exists before it reads.
            kinesis.describe_stream(StreamName=self.stream.source)
            since = self.stream.since.timestamp()
            self._reader = StreamReader(kinesis, self.stream.source, since=since)
        self._reader.client = kinesis
        read = [record.data for record in self._reader.poll()]
        self._waiting += read
        self._note(read)
        if not self._waiting:
            return
        stream, records = self.stream, list(self._waiting)
        if stream.function_arn:
            done = transform(self._client("lambda"), stream, records)
            if done.failed:
                self._fail(done.failed, "processing-failed", "the function rejected it, or failed")
            records = done.ready
        if records and stream.http is not None:
            self._post(stream, stream.http, records)
        elif records:
            self._store(stream, records)
        self._waiting.clear()

    def _note(self, read: list[bytes]) -> None:
        if read:
            self._figures.read(read)
        if len(read) == len(self._waiting):
            self._oldest = time.monotonic()

    @property
    def _age(self) -> float:
        return time.monotonic() - self._oldest

    def _store(self, stream: DeliveryStream, records: list[bytes]) -> None:
        try:
            store(self._client("s3"), stream, records)
        except (ClientError, BotoCoreError):
            self._figures.failed("DeliveryToS3", self._age)
            raise
        self._figures.delivered("DeliveryToS3", records, self._age)

    def _post(self, stream: DeliveryStream, to: Http, records: list[bytes]) -> None:
        access_key = self._secret(to.secret_arn) if to.secret_arn else ""
        try:
            insist(lambda: post(stream, to, records, access_key), to.retry_seconds, self._loop.wait)
        except EndpointError as error:
            self._figures.failed("DeliveryToHttpEndpoint", self._age)
            self._fail(records, "http-endpoint-failed", str(error))
        else:
            self._figures.delivered("DeliveryToHttpEndpoint", records, self._age)
        if to.backup_all:
            self._store(stream, records)

    def _secret(self, arn: str) -> str:
        text = self._client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        return json.loads(text)["api_key"]

    def _fail(self, records: list[bytes], kind: str, message: str) -> None:
        self._complain(f"{kind}: {len(records)} records: {message}")
        store_failed(self._client("s3"), self.stream, records, kind, message)

    def _client(self, service: str) -> AwsClient:
        if self._credentials is None or time.monotonic() > self._until:
            stream = self.stream
            self._credentials = self._clients.service_credentials(
                stream.role_arn, SERVICE, stream.arn
            )
            self._until = time.monotonic() + CREDENTIALS_SECONDS
            self._made.clear()
        if service not in self._made:
            self._made[service] = self._clients.client_as(service, self._credentials)
        return self._made[service]

    def _complain(self, message: str) -> None:
        """Log an error here, and with the stream's role in the stream's error log."""
        line = " ".join(message.split())
        logger.warning("%s: %s", self.stream.name, line)
        if self.stream.log is None:
            return
        group, name = self.stream.log
        event = {"timestamp": round(time.time() * 1000), "message": line}
        try:
            self._client("logs").put_log_events(
                logGroupName=group, logStreamName=name, logEvents=[event]
            )
        except (ClientError, BotoCoreError, LocalError) as error:
            logger.warning("%s: its error log can't be written: %s", self.stream.name, error)

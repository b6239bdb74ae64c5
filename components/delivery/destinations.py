"""The kinds of destination for results, and the settings of each.

The limits are those of the Firehose API (`CreateDeliveryStream`).
"""

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.network import Vpc
from components.base.pydantic_config import STRICT

SecretArn: TypeAlias = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$")
]
JDBC: Final = (
    r"^jdbc:(redshift|postgresql)://[A-Za-z0-9.-]+\.redshift(-serverless)?\.[A-Za-z0-9.-]+:\d{1,5}"
    r"/[A-Za-z0-9_$-]+$"
)
"""Address of a database that Firehose accepts: an AWS host name, with the database."""

HttpsUrl: TypeAlias = Annotated[str, Field(pattern=r"^https://\S+$", max_length=1000)]

DATADOG_INTAKES: Final = {
    "datadoghq.com": "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input",
    "datadoghq.eu": "https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input",
    "us3.datadoghq.com": "https://aws-kinesis-http-intake.logs.us3.datadoghq.com/v1/input",
    "us5.datadoghq.com": "https://aws-kinesis-http-intake.logs.us5.datadoghq.com/v1/input",
    "ap1.datadoghq.com": "https://aws-kinesis-http-intake.logs.ap1.datadoghq.com/v1/input",
}
"""Datadog's intake for Firehose, by site (Datadog's documentation, "Send AWS services logs")."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Retried:
    """Settings of every destination except the bucket: what happens if a delivery fails."""

    retry_seconds: Annotated[int, Field(ge=0, le=7200)] = 300
    """Seconds for which a delivery is tried again before the record goes to the backup in S3."""
    backup: Literal["failed", "all"] = "failed"
    """Records that S3 also keeps: `failed` ones, under `errors/`, or `all`. AWS refuses to turn
    `all` back to `failed` for Splunk and Redshift."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Buffered(Retried):
    """Settings of a destination to which Firehose sends directly."""

    buffer_seconds: Annotated[int, Field(ge=0, le=900)] = 60
    """Longest wait before records are sent."""
    buffer_mib: Annotated[int, Field(ge=1, le=100)] = 5
    """Most MiB before records are sent."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class S3:
    """The sink's own bucket."""

    kind: Literal["s3"] = "s3"
    metrics: ClassVar = "DeliveryToS3"
    """Beginning of the names of Firehose's metrics for this destination."""
    needs_secret: ClassVar = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Http(Buffered):
    """Any endpoint that supports Firehose's HTTP protocol."""

    kind: Literal["http"] = "http"
    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=1000)]
    """An `https://` address on AWS; `http://` is allowed only for an emulator."""
    name: Annotated[str, Field(min_length=1, max_length=256)] = "http"
    """Name of the endpoint in Firehose's logs."""
    secret_arn: SecretArn | None = None
    """Secret `{"api_key": ...}`, sent as `X-Amz-Firehose-Access-Key`."""
    attributes: Annotated[dict[str, str], Field(max_length=50)] = Field(
        default_factory=dict[str, str]
    )
    """Attributes sent with each request, as `X-Amz-Firehose-Common-Attributes`."""
    compression: Literal["GZIP", "NONE"] = "GZIP"
    """Content encoding of the requests."""
    buffer_seconds: Annotated[int, Field(ge=0, le=900)] = 10
    buffer_mib: Annotated[int, Field(ge=1, le=64)] = 1
    metrics: ClassVar = "DeliveryToHttpEndpoint"
    needs_secret: ClassVar = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Datadog(Buffered):
    """Datadog's log intake."""

    kind: Literal["datadog"] = "datadog"
    site: Literal[
        "datadoghq.com",
        "datadoghq.eu",
        "us3.datadoghq.com",
        "us5.datadoghq.com",
        "ap1.datadoghq.com",
    ] = "datadoghq.com"
    """Datadog site of the account."""
    secret_arn: SecretArn | None = None
    """Secret `{"api_key": ...}`: a Datadog API key."""
    service: str = "stocktrading"
    """The `service` of each log line."""
    buffer_mib: Annotated[int, Field(ge=1, le=4)] = 4
    """Most MiB before records are sent. Datadog accepts 4 MiB at most."""
    metrics: ClassVar = "DeliveryToHttpEndpoint"
    needs_secret: ClassVar = True

    def as_http(self) -> Http:
        """Give the settings of Datadog's HTTP endpoint."""
        return Http(
            url=DATADOG_INTAKES[self.site],
            name="Datadog",
            secret_arn=self.secret_arn,
            attributes={"service": self.service},
            buffer_seconds=self.buffer_seconds,
            buffer_mib=self.buffer_mib,
            retry_seconds=self.retry_seconds,
            backup=self.backup,
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Splunk(Buffered):
    """Splunk's HTTP event collector, with indexer acknowledgment turned on."""

    kind: Literal["splunk"] = "splunk"
    url: HttpsUrl
    """The collector's address, with its port."""
    hec_type: Literal["Raw", "Event"] = "Raw"
    """`Raw`: the lines are sent as they are. `Event`: the lines are Splunk events already."""
    secret_arn: SecretArn | None = None
    """Secret `{"hec_token": ...}`."""
    acknowledgment_seconds: Annotated[int, Field(ge=180, le=600)] = 300
    """Longest wait for an indexer's acknowledgment."""
    buffer_seconds: Annotated[int, Field(ge=0, le=60)] = 60
    buffer_mib: Annotated[int, Field(ge=1, le=5)] = 5
    metrics: ClassVar = "DeliveryToSplunk"
    needs_secret: ClassVar = True


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OpenSearch(Buffered):
    """An Amazon OpenSearch Service domain. The delivery's role gives access; it has no secret."""

    kind: Literal["opensearch"] = "opensearch"
    domain_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:es:[a-z0-9-]+:\d{12}:domain/\S+$")]
    """The domain's ARN."""
    index: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")] = "results"
    """Beginning of the index names. The rotation adds the date."""
    rotation: Literal["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"] = "OneDay"
    """How often a new index begins."""
    vpc: Vpc | None = None
    """The domain's VPC, if the domain has no public endpoint."""
    metrics: ClassVar = "DeliveryToAmazonOpenSearchService"
    needs_secret: ClassVar = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Redshift(Retried):
    """A table of a Redshift cluster or workgroup. Redshift copies objects from the sink's bucket.

    The buffering is that of the bucket, because each written object is copied.
    """

    kind: Literal["redshift"] = "redshift"
    jdbc_url: Annotated[str, Field(pattern=JDBC)]
    """JDBC address of the cluster or workgroup, with the database."""
    table: Annotated[str, Field(min_length=1, max_length=512)] = "results"
    """Table into which results are copied."""
    columns: str | None = None
    """Columns of the table, separated by commas, if they differ from a result's fields in order."""
    username: str | None = None
    """User for the password in the stack's secret. A `secret_arn` has both; don't set it then."""
    secret_arn: SecretArn | None = None
    """Secret `{"username": ..., "password": ...}`."""
    retry_seconds: Annotated[int, Field(ge=0, le=7200)] = 3600
    backup: Literal["failed", "all"] = "failed"
    """`failed`: manifests are under `errors/`, and the copied objects stay in the bucket. `all`
    can't be turned back to `failed`: AWS refuses it."""
    metrics: ClassVar = "DeliveryToRedshift"
    needs_secret: ClassVar = True


Destination: TypeAlias = S3 | Http | Datadog | Splunk | OpenSearch | Redshift


def delivery_noun(destination: Destination) -> str:
    """Name the results' delivery in the names of its resources, by the kind of its destination.

    Firehose can't change the kind of a delivery. With a name of its own, the delivery of another
    kind is made before the old one is deleted.
    """
    return "results" if isinstance(destination, S3) else f"results-{destination.kind}"


def previous_problem(destination: Destination, previous: Destination | None) -> str | None:
    """Say what is wrong with the destination before a change; None if nothing is wrong."""
    if previous is None:
        return None
    if previous.kind == destination.kind:
        return (
            f"sink.previous.kind: given {previous.kind}, as in sink.destination; allowed: another "
            "kind, as a change within a kind is made in place"
        )
    if previous.needs_secret and getattr(previous, "secret_arn", None) is None:
        return (
            f"sink.previous: kind {previous.kind} needs a secret; allowed: secret_arn, as "
            "sink_secret is that of sink.destination"
        )
    return None


def secret_problem(destination: Destination, *, stack_secret: bool) -> str | None:
    """Say what is wrong with a destination's secret; None if nothing is wrong.

    `stack_secret` says whether the stack's configuration has `sink_secret`.
    """
    kind, takes = destination.kind, hasattr(destination, "secret_arn")
    reference = getattr(destination, "secret_arn", None) is not None
    username = getattr(destination, "username", None)
    if stack_secret and not takes:
        return f"sink_secret: given; allowed: none, as a destination of kind {kind} takes none"
    if stack_secret and reference:
        return "sink_secret: given beside sink.destination.secret_arn; allowed: one of the two"
    if destination.needs_secret and not (stack_secret or reference):
        return (
            f"sink.destination: kind {kind} needs a secret; allowed: secret_arn, or "
            "pulumi config set --secret sink_secret"
        )
    if isinstance(destination, Redshift) and stack_secret is not (username is not None):
        return "sink.destination.username: allowed: with sink_secret, its password, and only then"
    return None

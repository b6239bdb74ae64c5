"""Settings of the storage of results and dead letters, and of the results' destination."""

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.limits import LogRetentionDays
from components.base.pydantic_config import STRICT
from components.delivery.destinations import S3, Destination
from components.delivery.transform import TransformArgs


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SinkArgs:
    """The sink's bucket, and the destination of the results."""

    destination: Annotated[Destination, Field(discriminator="kind")] = S3()
    """Where results go. Dead letters and results that the destination refuses go to the bucket."""
    previous: Annotated[Destination, Field(discriminator="kind")] | None = None
    """The destination before a change of its kind. Results go to both until it is removed, so that
    none is lost at the change. A kind that needs a secret must have its `secret_arn` here."""
    transform: TransformArgs | None = None
    """Pass results through the Lambda function in `transform/`. Unset: deliver them as they are."""
    catalog: bool = True
    """Make Glue tables over the stored records, for SQL."""
    buffer_seconds: Annotated[int, Field(ge=0, le=900)] | None = None
    """Longest wait before an object is written; 0 to 900 (Firehose). Unset: what the load needs."""
    buffer_mib: Annotated[int, Field(ge=1, le=128)] | None = None
    """Most MiB before an object is written; 1 to 128 (Firehose). Unset: what the load needs."""
    compression: Literal["GZIP", "UNCOMPRESSED"] = "GZIP"
    """How objects are stored."""
    results_days: Annotated[int, Field(ge=1)] = 365
    """Days for which stored results are kept."""
    dead_letter_days: Annotated[int, Field(ge=1)] = 90
    """Days for which stored dead letters and undelivered records are kept."""
    log_retention_days: LogRetentionDays = 30
    """Days for which Firehose's error log is kept."""
    keep_data_on_destroy: bool = True
    """Protect the bucket and the stack's key. `pulumi destroy` is refused until this is false."""

    @property
    def destinations(self) -> list[Destination]:
        """Where results go, the wanted destination first."""
        return [self.destination, *([self.previous] if self.previous else [])]

    def sized(self, seconds: int, mib: int) -> Self:
        """Fill in what isn't set."""
        return replace(
            self,
            buffer_seconds=seconds if self.buffer_seconds is None else self.buffer_seconds,
            buffer_mib=self.buffer_mib or mib,
        )

    @property
    def delivery_seconds(self) -> int:
        """Longest time that a result waits for its delivery, in seconds."""
        return getattr(self.destination, "buffer_seconds", self.buffer_seconds) or 0

    @property
    def freshness_metric(self) -> str:
        """Firehose's metric for the time that the oldest result has waited."""
        # There is no such metric for Redshift. Records that wait to be copied wait in the bucket.
        in_bucket = self.destination.kind == "redshift"
        return f"{'DeliveryToS3' if in_bucket else self.destination.metrics}.DataFreshness"

    @property
    def success_metric(self) -> str:
        """Firehose's metric for the share of successful deliveries."""
        return f"{self.destination.metrics}.Success"

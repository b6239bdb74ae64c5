"""How results and dead letters are stored, and where results go besides."""

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
    """Where results go. Dead letters always go to the bucket, and what a destination refuses."""
    transform: TransformArgs | None = None
    """Pass results through the Lambda function in `transform/`; unset: as they are."""
    catalog: bool = True
    """Keep tables over what is stored, for SQL."""
    buffer_seconds: Annotated[int, Field(ge=0, le=900)] | None = None
    """Longest wait before an object is written; 0 to 900 (Firehose). Unset: what the load needs."""
    buffer_mib: Annotated[int, Field(ge=1, le=128)] | None = None
    """Most MiB before an object is written; 1 to 128 (Firehose). Unset: what the load needs."""
    compression: Literal["GZIP", "UNCOMPRESSED"] = "GZIP"
    """How objects are stored."""
    results_days: Annotated[int, Field(ge=1)] = 365
    """Days that stored results are kept."""
    dead_letter_days: Annotated[int, Field(ge=1)] = 90
    """Days that stored dead letters are kept, and what could not be delivered."""
    log_retention_days: LogRetentionDays = 30
    """Days that Firehose's errors are kept."""
    keep_data_on_destroy: bool = True
    """Protect the bucket and the stack's key: `pulumi destroy` is refused until this is false."""

    def sized(self, seconds: int, mib: int) -> Self:
        """Fill in what isn't set."""
        return replace(
            self,
            buffer_seconds=seconds if self.buffer_seconds is None else self.buffer_seconds,
            buffer_mib=self.buffer_mib or mib,
        )

    @property
    def delivery_seconds(self) -> int:
        """Longest wait of a result before its delivery."""
        return getattr(self.destination, "buffer_seconds", self.buffer_seconds) or 0

    @property
    def freshness_metric(self) -> str:
        """Firehose's metric of how long the oldest result waits."""
        # Redshift publishes none; what waits to be copied waits in the bucket.
        in_bucket = self.destination.kind == "redshift"
        return f"{'DeliveryToS3' if in_bucket else self.destination.metrics}.DataFreshness"

    @property
    def success_metric(self) -> str:
        """Firehose's metric of the share of deliveries that succeed."""
        return f"{self.destination.metrics}.Success"

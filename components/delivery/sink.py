"""Firehose, which takes results and dead letters from their streams and delivers them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base.component import Component, after
from components.base.iam import Grant, ServiceRole, service_role
from components.base.names import Names
from components.delivery import configuration as delivery
from components.delivery.catalog import Catalog
from components.delivery.configuration import Wiring
from components.delivery.destinations import (
    S3,
    Datadog,
    Destination,
    Http,
    OpenSearch,
    Redshift,
    Splunk,
)
from components.delivery.grants import destination_grants
from components.delivery.secret import credentials
from components.delivery.sink_args import SinkArgs
from components.delivery.transform import Transform
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import Key
from components.streaming.stream import Stream
from job.fields import DEAD_LETTER, RESULT, TRANSFORMED

FIREHOSE_NAMES: Final = {
    "s3": "extended_s3",
    "http": "http_endpoint",
    "datadog": "http_endpoint",
    "splunk": "splunk",
    "opensearch": "opensearch",
    "redshift": "redshift",
}
"""Firehose's name of each kind of destination."""


@dataclass(frozen=True, kw_only=True)
class _Leg:
    """What one stream's delivery needs."""

    noun: str
    source: Stream
    destination: Destination
    grants: Sequence[Grant] = ()
    transform_arn: pulumi.Output[str] | None = None
    secret_arn: pulumi.Input[str] | None = None


class Sink(Component):
    """The bucket of results and dead letters, and the deliveries that fill it."""

    bucket: pulumi.Output[str]
    delivery_streams: list[pulumi.Output[str]]
    """Names of the Firehose streams: results, dead letters."""

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is wired to
        self,
        name: str,
        args: SinkArgs,
        *,
        results: Stream,
        dead_letters: Stream,
        key: Key,
        names: Names,
        secret: pulumi.Output[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the bucket, what the results' delivery needs, then one delivery for each stream."""
        super().__init__("stocktrading:delivery:Sink", name, opts)
        self._args, self._key, self._names = args, key, names
        self._bucket = self._store(name)
        self._log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=names.delivery_log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=key.arn,
            opts=self.child,
        )
        legs = (
            self._results_leg(name, results, secret),
            _Leg(noun="dead-letters", source=dead_letters, destination=S3()),
        )
        self.bucket = self._bucket.name
        self.delivery_streams = [self._deliver(f"{name}-{leg.noun}", leg).name for leg in legs]
        if args.catalog:
            self._catalog(name)
        self.publish()

    def _store(self, name: str) -> Bucket:
        args = self._args
        return Bucket(
            f"{name}-store",
            BucketArgs(
                noun="sink",
                expire_days={
                    "results/": args.results_days,
                    "dead-letters/": args.dead_letter_days,
                    "errors/": args.dead_letter_days,
                    "untransformed/": args.results_days,
                },
                force_destroy=not args.keep_data_on_destroy,
                protect=args.keep_data_on_destroy,
            ),
            key=self._key,
            names=self._names,
            opts=self.child,
        )

    def _results_leg(self, name: str, source: Stream, secret: pulumi.Output[str] | None) -> _Leg:
        destination = self._args.destination
        opened = credentials(
            name, destination, secret, key=self._key, names=self._names, opts=self.child
        )
        leg = _Leg(
            noun="results",
            source=source,
            destination=destination,
            grants=(
                *destination_grants(destination, self._names),
                *(opened.grants if opened else ()),
            ),
            secret_arn=opened.secret_arn if opened else None,
        )
        if self._args.transform is None:
            return leg
        transform = Transform(
            f"{name}-transform",
            self._args.transform,
            key=self._key,
            names=self._names,
            opts=self.child,
        )
        return replace(leg, grants=(*leg.grants, transform.invoke()), transform_arn=transform.arn)

    def _deliver(self, name: str, leg: _Leg) -> aws.kinesis.FirehoseDeliveryStream:
        log_stream = aws.cloudwatch.LogStream(
            f"{name}-log-stream", name=leg.noun, log_group_name=self._log.name, opts=self.child
        )
        role = self._role(leg, log_stream)
        wiring = Wiring(
            noun=leg.noun,
            role_arn=role.arn,
            bucket_arn=self._bucket.arn,
            key_arn=self._key.arn,
            log_group=self._log.name,
            log_stream=log_stream.name,
            buffer_seconds=self._args.buffer_seconds or 0,
            buffer_mib=self._args.buffer_mib or 1,
            compression=self._args.compression,
            transform_arn=leg.transform_arn,
            secret_arn=leg.secret_arn,
        )
        to = leg.destination.as_http() if isinstance(leg.destination, Datadog) else leg.destination
        return aws.kinesis.FirehoseDeliveryStream(
            name,
            name=self._names.delivery_stream(leg.noun),
            destination=FIREHOSE_NAMES[to.kind],
            kinesis_source_configuration={
                "kinesis_stream_arn": leg.source.arn,
                "role_arn": role.arn,
            },
            extended_s3_configuration=delivery.to_s3(wiring) if isinstance(to, S3) else None,
            http_endpoint_configuration=(
                delivery.to_http(wiring, to) if isinstance(to, Http) else None
            ),
            splunk_configuration=delivery.to_splunk(wiring, to) if isinstance(to, Splunk) else None,
            opensearch_configuration=(
                delivery.to_opensearch(wiring, to) if isinstance(to, OpenSearch) else None
            ),
            redshift_configuration=(
                delivery.to_redshift(wiring, to) if isinstance(to, Redshift) else None
            ),
            # Firehose opens the stream when it is created. Without the policy its creation fails.
            opts=after(self.child, role.policy),
        )

    def _role(self, leg: _Leg, log_stream: aws.cloudwatch.LogStream) -> ServiceRole:
        name = self._names.delivery_stream(leg.noun)
        return service_role(
            self._names.delivery_role(leg.noun),
            "firehose.amazonaws.com",
            [
                *leg.source.read,
                *self._bucket.deliver(),
                Grant(actions=["logs:PutLogEvents"], resources=[log_stream.arn]),
                *leg.grants,
            ],
            self.child,
            names=self._names,
            source_arn=self._names.arn("firehose", f"deliverystream/{name}"),
        )

    def _catalog(self, name: str) -> None:
        args = self._args
        results = (*RESULT, *(TRANSFORMED if args.transform else ()))
        # Before Redshift, Firehose sets the form of the object keys, and Redshift has the SQL.
        in_bucket = isinstance(args.destination, S3)
        tables = {"dead-letters": DEAD_LETTER} | ({"results": results} if in_bucket else {})
        Catalog(f"{name}-catalog", tables, bucket=self._bucket, names=self._names, opts=self.child)

"""Firehose, which takes results and dead letters from their streams and delivers them."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    delivery_noun,
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
    """What one delivery needs."""

    noun: str
    """What it delivers: the first part of its object keys."""
    source: Stream
    destination: Destination
    role: ServiceRole
    log_stream: aws.cloudwatch.LogStream
    transform_arn: pulumi.Output[str] | None = None
    secret_arn: pulumi.Input[str] | None = None

    @property
    def name(self) -> str:
        """Part of the names of its resources."""
        return delivery_noun(self.destination) if self.noun == "results" else self.noun


class Sink(Component):
    """The bucket of results and dead letters, and the deliveries that fill it."""

    bucket: pulumi.Output[str]
    delivery_streams: list[pulumi.Output[str]]
    """Names of the Firehose streams: results (two during a change of their kind), dead letters."""

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
        legs = [
            *self._results_legs(name, results, secret),
            self._letters_leg(name, dead_letters),
        ]
        self.bucket = self._bucket.name
        self.delivery_streams = [self._deliver(f"{name}-{leg.name}", leg).name for leg in legs]
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

    def _results_legs(
        self, name: str, source: Stream, secret: pulumi.Output[str] | None
    ) -> list[_Leg]:
        """Give the delivery to the wanted destination, and to the one before it if it is kept."""
        args, names = self._args, self._names
        transform = (
            Transform(
                f"{name}-transform", args.transform, key=self._key, names=names, opts=self.child
            )
            if args.transform
            else None
        )
        opened = [
            credentials(name, to, value, key=self._key, names=names, opts=self.child)
            for to, value in zip(args.destinations, (secret, None), strict=False)
        ]
        grants = [
            *(grant for to in args.destinations for grant in destination_grants(to, names)),
            *(grant for each in opened if each for grant in each.grants),
            *([transform.invoke()] if transform else []),
        ]
        logs = [self._log_stream(name, delivery_noun(to)) for to in args.destinations]
        role = self._role("results", source, logs, grants)
        return [
            _Leg(
                noun="results",
                source=source,
                destination=to,
                role=role,
                log_stream=log,
                transform_arn=transform.arn if transform else None,
                secret_arn=each.secret_arn if each else None,
            )
            for to, each, log in zip(args.destinations, opened, logs, strict=True)
        ]

    def _letters_leg(self, name: str, source: Stream) -> _Leg:
        noun = "dead-letters"
        log = self._log_stream(name, noun)
        role = self._role(noun, source, [log], [])
        return _Leg(noun=noun, source=source, destination=S3(), role=role, log_stream=log)

    def _log_stream(self, name: str, noun: str) -> aws.cloudwatch.LogStream:
        return aws.cloudwatch.LogStream(
            f"{name}-{noun}-log-stream", name=noun, log_group_name=self._log.name, opts=self.child
        )

    def _deliver(self, name: str, leg: _Leg) -> aws.kinesis.FirehoseDeliveryStream:
        wiring = Wiring(
            noun=leg.noun,
            role_arn=leg.role.arn,
            bucket_arn=self._bucket.arn,
            key_arn=self._key.arn,
            log_group=self._log.name,
            log_stream=leg.log_stream.name,
            buffer_seconds=self._args.buffer_seconds or 0,
            buffer_mib=self._args.buffer_mib or 1,
            compression=self._args.compression,
            transform_arn=leg.transform_arn,
            secret_arn=leg.secret_arn,
        )
        to = leg.destination.as_http() if isinstance(leg.destination, Datadog) else leg.destination
        return aws.kinesis.FirehoseDeliveryStream(
            name,
            name=self._names.delivery_stream(leg.name),
            destination=FIREHOSE_NAMES[to.kind],
            kinesis_source_configuration={
                "kinesis_stream_arn": leg.source.arn,
                "role_arn": leg.role.arn,
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
            # Then it writes to the bucket.
            opts=after(self.child, leg.role.policy, *self._bucket.settings),
        )

    def _role(
        self,
        noun: str,
        source: Stream,
        logs: Sequence[aws.cloudwatch.LogStream],
        grants: Sequence[Grant],
    ) -> ServiceRole:
        """Make the role of the deliveries of one stream, whatever the kind of destination."""
        # Of any kind, so that a person need not change the trust when the kind changes.
        deliveries = "results*" if noun == "results" else noun
        return service_role(
            self._names.delivery_role(noun),
            "firehose.amazonaws.com",
            [
                *source.read,
                *self._bucket.deliver(),
                Grant(actions=["logs:PutLogEvents"], resources=[log.arn for log in logs]),
                *grants,
            ],
            self.child,
            names=self._names,
            source_arn=self._names.arn(
                "firehose", f"deliverystream/{self._names.delivery_stream(deliveries)}"
            ),
        )

    def _catalog(self, name: str) -> None:
        args = self._args
        results = (*RESULT, *(TRANSFORMED if args.transform else ()))
        # Before Redshift, Firehose sets the form of the object keys, and Redshift has the SQL.
        in_bucket = any(isinstance(each, S3) for each in args.destinations)
        tables = {"dead-letters": DEAD_LETTER} | ({"results": results} if in_bucket else {})
        Catalog(f"{name}-catalog", tables, bucket=self._bucket, names=self._names, opts=self.child)

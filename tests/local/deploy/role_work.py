"""The requests that each role of the workload stack makes, as its service makes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from local.accounts import WORKLOAD
from local.clients import AwsClient, Credentials
from local.cloud import LocalCloud

PREFIX: Final = "stocktrading"
SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "flink": ("kinesisanalytics", f"application/{PREFIX}-analytics"),
    "deliver-results": ("firehose", f"deliverystream/{PREFIX}-results-http-delivery"),
    "deliver-dead-letters": ("firehose", f"deliverystream/{PREFIX}-dead-letters-delivery"),
    "transform": ("lambda", f"function:{PREFIX}-transform"),
}
"""The service that assumes each role, and the resource that the service assumes the role for."""

INGEST: Final = f"{PREFIX}-ingest-stream"
RESULTS: Final = f"{PREFIX}-results-stream"
LETTERS: Final = f"{PREFIX}-dead-letter-stream"
CODE: Final = f"{PREFIX}-code-{WORKLOAD}-us-east-1"
SINK: Final = f"{PREFIX}-sink-{WORKLOAD}-us-east-1"
ARCHIVE: Final = "releases/v1/stocktrading-job.zip"
FUNCTION: Final = f"{PREFIX}-transform"
EVENT: Final = {"timestamp": 0, "message": "a line"}


@dataclass(frozen=True)
class Session:
    """A session of a role."""

    cloud: LocalCloud
    role: str

    def client(self, service: str) -> AwsClient:
        """Give a client that signs as the role."""
        return self.cloud.clients.client_as(service, self._credentials)

    def root(self, service: str) -> AwsClient:
        """Give a client with all permissions, to prepare what the role's requests need."""
        return self.cloud.client(service)

    @cached_property
    def _credentials(self) -> Credentials:
        arn = f"arn:aws:iam::{WORKLOAD}:role/{PREFIX}-{self.role}"
        if self.role == "producer":
            return self.cloud.clients.assume_role(arn, WORKLOAD)
        service, resource = SERVICES[self.role]
        source = f"arn:aws:{service}:us-east-1:{WORKLOAD}:{resource}"
        return self.cloud.clients.service_credentials(arn, f"{service}.amazonaws.com", source)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One request of a role, and the one permission that the request needs."""

    role: str
    action: str
    resource: str
    """The end of the resource's ARN."""
    what: str
    do: Callable[[Session], Any]
    via: str = ""
    """The service that uses the key for the role, if the permission is for the key."""


def _through(via: str, work: Work, action: str) -> Work:
    """Give the same request, for the permission that the service needs to use the key."""
    what = f"{work.what}, with the key"
    return replace(work, action=action, resource="", what=what, via=f"{via}.us-east-1")


READ, WRITE = "kms:Decrypt", "kms:GenerateDataKey"


def _reads(role: str, stream: str) -> list[Work]:
    def look(method: str) -> Callable[[Session], Any]:
        return lambda at: getattr(at.client("kinesis"), method)(StreamName=stream)

    def iterator(client: AwsClient) -> str:
        shard = {"StreamName": stream, "ShardId": "shardId-000000000000"}
        return client.get_shard_iterator(**shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    does: Mapping[str, tuple[str, Callable[[Session], Any]]] = {
        "DescribeStream": ("look up the stream's ARN", look("describe_stream")),
        "ListShards": ("list shards", look("list_shards")),
        "GetShardIterator": ("open a shard", lambda at: iterator(at.client("kinesis"))),
        "GetRecords": (
            "read a shard",
            lambda at: at.client("kinesis").get_records(ShardIterator=iterator(at.root("kinesis"))),
        ),
    }
    works = [
        Work(role=role, action=f"kinesis:{action}", resource=f"stream/{stream}", what=what, do=do)
        for action, (what, do) in does.items()
    ]
    return [*works, _through("kinesis", works[-1], READ)]


def _puts(role: str, stream: str, what: str) -> Work:
    def put(at: Session) -> None:
        records = [{"Data": b"x", "PartitionKey": "x"}]
        at.client("kinesis").put_records(StreamName=stream, Records=records)

    return Work(
        role=role, action="kinesis:PutRecords", resource=f"stream/{stream}", what=what, do=put
    )


def _logs(role: str, group: str, stream: str, resource: str) -> Work:
    def put(at: Session) -> None:
        at.client("logs").put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[EVENT]
        )

    return Work(
        role=role,
        action="logs:PutLogEvents",
        resource=resource,
        what="write a log event",
        do=put,
    )


def _stores(role: str) -> list[Work]:
    key, bucket = f"{role}/object", {"Bucket": SINK}

    def abort(at: Session) -> None:
        upload = at.root("s3").create_multipart_upload(Bucket=SINK, Key=key)["UploadId"]
        at.client("s3").abort_multipart_upload(Bucket=SINK, Key=key, UploadId=upload)

    def get(at: Session) -> None:
        at.root("s3").put_object(Bucket=SINK, Key=key, Body=b"x")
        at.client("s3").get_object(Bucket=SINK, Key=key)

    does: Mapping[str, tuple[str, str, Callable[[Session], Any]]] = {
        "GetBucketLocation": (
            SINK,
            "look up the bucket's location",
            lambda at: at.client("s3").get_bucket_location(**bucket),
        ),
        "ListBucket": (
            SINK,
            "list the stored objects",
            lambda at: at.client("s3").list_objects_v2(**bucket),
        ),
        "ListBucketMultipartUploads": (
            SINK,
            "list unfinished uploads",
            lambda at: at.client("s3").list_multipart_uploads(**bucket),
        ),
        "AbortMultipartUpload": (f"{SINK}/*", "abort an unfinished upload", abort),
        "GetObject": (f"{SINK}/*", "read a stored object", get),
        "PutObject": (
            f"{SINK}/*",
            "store an object",
            lambda at: at.client("s3").put_object(Bucket=SINK, Key=key, Body=b"x"),
        ),
    }
    works = [
        Work(role=role, action=f"s3:{action}", resource=f":{resource}", what=what, do=do)
        for action, (resource, what, do) in does.items()
    ]
    return [*works, _through("s3", works[-2], READ), _through("s3", works[-1], WRITE)]


def _flink() -> list[Work]:
    group = f"/aws/kinesis-analytics/{PREFIX}-analytics"
    archive = {"Bucket": CODE, "Key": ARCHIVE}

    def version(at: Session) -> None:
        found = at.root("s3").head_object(**archive)["VersionId"]
        at.client("s3").get_object(**archive, VersionId=found)

    fetch = Work(
        role="flink",
        action="s3:GetObject",
        resource=f"{CODE}/releases/*",
        what="fetch the archive",
        do=lambda at: at.client("s3").get_object(**archive),
    )
    results = _puts("flink", RESULTS, "put results")
    return [
        *_reads("flink", INGEST),
        results,
        _through("kinesis", results, WRITE),
        _puts("flink", LETTERS, "put dead letters"),
        fetch,
        _through("s3", fetch, READ),
        Work(
            role="flink",
            action="s3:GetObjectVersion",
            resource=f"{CODE}/releases/*",
            what="fetch the archive in the deployed version",
            do=version,
        ),
        Work(
            role="flink",
            action="logs:DescribeLogGroups",
            resource="log-group:*",
            what="look up the log group",
            do=lambda at: at.client("logs").describe_log_groups(),
        ),
        Work(
            role="flink",
            action="logs:DescribeLogStreams",
            resource=f"log-group:{group}:*",
            what="look up the log stream",
            do=lambda at: at.client("logs").describe_log_streams(logGroupName=group),
        ),
        _logs("flink", group, "job", f"{group}:log-stream:job"),
    ]


def _delivers(role: str, stream: str, noun: str) -> list[Work]:
    group = f"/aws/kinesisfirehose/{PREFIX}"
    return [
        *_reads(role, stream),
        *_stores(role),
        _logs(role, group, noun, f"{group}:log-stream:{noun}"),
    ]


def _calls() -> list[Work]:
    """Give the requests of the delivery of results only: for the function and the secret."""
    role = "deliver-results"
    secret = Work(
        role=role,
        action="secretsmanager:GetSecretValue",
        resource="secret:desk",
        what="read the endpoint's key",
        do=lambda at: at.client("secretsmanager").get_secret_value(SecretId="desk"),
    )
    arn = f"arn:aws:lambda:us-east-1:{WORKLOAD}:function:{FUNCTION}:$LATEST"
    return [
        Work(
            role=role,
            action="lambda:InvokeFunction",
            resource=f"function:{FUNCTION}:$LATEST",
            what="invoke the function",
            do=lambda at: at.client("lambda").invoke(FunctionName=arn, Payload=b'{"records": []}'),
        ),
        Work(
            role=role,
            action="lambda:GetFunctionConfiguration",
            resource=f"function:{FUNCTION}:$LATEST",
            what="look up the function",
            do=lambda at: at.client("lambda").get_function_configuration(FunctionName=arn),
        ),
        secret,
        _through("secretsmanager", secret, READ),
    ]


def _transforms() -> list[Work]:
    group = f"/aws/lambda/{FUNCTION}"

    def create(at: Session) -> None:
        at.client("logs").create_log_stream(logGroupName=group, logStreamName="made")
        at.root("logs").delete_log_stream(logGroupName=group, logStreamName="made")

    return [
        Work(
            role="transform",
            action="logs:CreateLogStream",
            resource=f"{group}:*",
            what="create a run's log stream",
            do=create,
        ),
        _logs("transform", group, "there", f"{group}:*"),
    ]


TRADES: Final = _puts("producer", INGEST, "put trades")

WORK: Final = [
    *_flink(),
    *_delivers("deliver-results", RESULTS, "results-http"),
    *_calls(),
    *_delivers("deliver-dead-letters", LETTERS, "dead-letters"),
    *_transforms(),
    TRADES,
    _through("kinesis", TRADES, WRITE),
]

UNTOLD: Final[Mapping[str, str]] = {
    "kms:DescribeKey": "services look up a key for their caller; those of the emulator do not",
}
"""Actions whose permissions have no effect on the emulator, and why."""

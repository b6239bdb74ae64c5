"""What each role of the workload stack does, call by call, as its service makes the calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from local.accounts import WORKLOAD
from local.clients import AwsClient, Credentials
from local.cloud import LocalCloud

PREFIX: Final = "stocktrading"
SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "flink": ("kinesisanalytics", f"application/{PREFIX}-analytics"),
    "deliver-results": ("firehose", f"deliverystream/{PREFIX}-results-delivery"),
    "deliver-dead-letters": ("firehose", f"deliverystream/{PREFIX}-dead-letters-delivery"),
    "transform": ("lambda", f"function:{PREFIX}-transform"),
}
"""The service of each role, and the resource that it is assumed for."""

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
    """A role at work."""

    cloud: LocalCloud
    role: str

    def client(self, service: str) -> AwsClient:
        """Give a client that signs as the role."""
        return self.cloud.clients.client_as(service, self._credentials)

    def root(self, service: str) -> AwsClient:
        """Give a client that may do everything, for what has to be there beforehand."""
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
    """One thing that a role does, and the one grant that it takes."""

    role: str
    action: str
    resource: str
    """The end of the resource's ARN."""
    what: str
    do: Callable[[Session], Any]


def _reads(role: str, stream: str) -> list[Work]:
    def look(method: str) -> Callable[[Session], Any]:
        return lambda at: getattr(at.client("kinesis"), method)(StreamName=stream)

    def iterator(client: AwsClient) -> str:
        shard = {"StreamName": stream, "ShardId": "shardId-000000000000"}
        return client.get_shard_iterator(**shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    does: Mapping[str, tuple[str, Callable[[Session], Any]]] = {
        "DescribeStream": ("the stream's ARN is looked up", look("describe_stream")),
        "ListShards": ("shards are found", look("list_shards")),
        "GetShardIterator": ("a shard is opened", lambda at: iterator(at.client("kinesis"))),
        "GetRecords": (
            "a shard is read",
            lambda at: at.client("kinesis").get_records(ShardIterator=iterator(at.root("kinesis"))),
        ),
    }
    return [
        Work(role=role, action=f"kinesis:{action}", resource=f"stream/{stream}", what=what, do=do)
        for action, (what, do) in does.items()
    ]


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
        what="a line is logged",
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
            "the bucket is found",
            lambda at: at.client("s3").get_bucket_location(**bucket),
        ),
        "ListBucket": (
            SINK,
            "what is stored is listed",
            lambda at: at.client("s3").list_objects_v2(**bucket),
        ),
        "ListBucketMultipartUploads": (
            SINK,
            "uploads that broke off are found",
            lambda at: at.client("s3").list_multipart_uploads(**bucket),
        ),
        "AbortMultipartUpload": (f"{SINK}/*", "an upload that broke off is given up", abort),
        "GetObject": (f"{SINK}/*", "an object is read back", get),
        "PutObject": (
            f"{SINK}/*",
            "an object is stored",
            lambda at: at.client("s3").put_object(Bucket=SINK, Key=key, Body=b"x"),
        ),
    }
    return [
        Work(role=role, action=f"s3:{action}", resource=f":{resource}", what=what, do=do)
        for action, (resource, what, do) in does.items()
    ]


def _flink() -> list[Work]:
    group = f"/aws/kinesis-analytics/{PREFIX}-analytics"
    archive = {"Bucket": CODE, "Key": ARCHIVE}

    def version(at: Session) -> None:
        found = at.root("s3").head_object(**archive)["VersionId"]
        at.client("s3").get_object(**archive, VersionId=found)

    return [
        *_reads("flink", INGEST),
        _puts("flink", RESULTS, "results are put"),
        _puts("flink", LETTERS, "dead letters are put"),
        Work(
            role="flink",
            action="s3:GetObject",
            resource=f"{CODE}/releases/*",
            what="the archive is fetched",
            do=lambda at: at.client("s3").get_object(**archive),
        ),
        Work(
            role="flink",
            action="s3:GetObjectVersion",
            resource=f"{CODE}/releases/*",
            what="the archive is fetched in the version that was deployed",
            do=version,
        ),
        Work(
            role="flink",
            action="logs:DescribeLogGroups",
            resource="log-group:*",
            what="the log's group is found",
            do=lambda at: at.client("logs").describe_log_groups(),
        ),
        Work(
            role="flink",
            action="logs:DescribeLogStreams",
            resource=f"log-group:{group}:*",
            what="the log's stream is found",
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
    """Give what the delivery of results does besides: the function, and the endpoint's secret."""
    role = "deliver-results"
    arn = f"arn:aws:lambda:us-east-1:{WORKLOAD}:function:{FUNCTION}:$LATEST"
    return [
        Work(
            role=role,
            action="lambda:InvokeFunction",
            resource=f"function:{FUNCTION}:$LATEST",
            what="the function is called",
            do=lambda at: at.client("lambda").invoke(FunctionName=arn, Payload=b'{"records": []}'),
        ),
        Work(
            role=role,
            action="lambda:GetFunctionConfiguration",
            resource=f"function:{FUNCTION}:$LATEST",
            what="the function is found",
            do=lambda at: at.client("lambda").get_function_configuration(FunctionName=arn),
        ),
        Work(
            role=role,
            action="secretsmanager:GetSecretValue",
            resource="secret:desk",
            what="the endpoint's key is read",
            do=lambda at: at.client("secretsmanager").get_secret_value(SecretId="desk"),
        ),
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
            what="a run opens its log",
            do=create,
        ),
        _logs("transform", group, "there", f"{group}:*"),
    ]


WORK: Final = [
    *_flink(),
    *_delivers("deliver-results", RESULTS, "results"),
    *_calls(),
    *_delivers("deliver-dead-letters", LETTERS, "dead-letters"),
    *_transforms(),
    _puts("producer", INGEST, "trades are put"),
]

UNTOLD: Final[Mapping[str, str]] = {
    "kms:Decrypt": "services use the key on the caller's behalf; the emulator's don't ask it",
    "kms:DescribeKey": "the same",
    "kms:GenerateDataKey": "the same",
}
"""Actions whose grants the emulator can't tell from none, and why."""

"""What the emulator's Firehose and CodeBuild lack, tested on an emulator without patches."""

import pytest
from gap_world import SERVICE, Client, create_role, gap


@pytest.mark.emulator
def test_a_description_leaves_settings_out(client: Client, account: str) -> None:
    """The buffering, encoding and bucket of an HTTP endpoint are missing in the description."""
    client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://example.com/"},
            "RequestConfiguration": {"ContentEncoding": "GZIP"},
            "S3Configuration": {
                "RoleARN": f"arn:aws:iam::{account}:role/r",
                "BucketARN": "arn:aws:s3:::b",
            },
        },
    )
    told = client("firehose").describe_delivery_stream(DeliveryStreamName="d")
    (destination,) = told["DeliveryStreamDescription"]["Destinations"]
    http = destination["HttpEndpointDestinationDescription"]
    whole = "S3DestinationDescription" in http and "RequestConfiguration" in http
    gap("patches/firehose", there=not whole)


@pytest.mark.emulator
def test_firehose_delivers_without_its_role(client: Client, account: str) -> None:
    """A delivery writes to a bucket although its role has no permissions."""
    stream = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    role = create_role(client, "nobody", SERVICE)
    bucket = f"b-{account}"
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    client("s3").create_bucket(Bucket=bucket)
    client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": stream, "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{bucket}",
        },
    )
    client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    found = client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    gap("patches/firehose", there=bool(found))


@pytest.mark.emulator
def test_builds_have_no_limit(client: Client, account: str) -> None:
    """The limit of builds at a time is forgotten."""
    made = client("codebuild").create_project(
        name="limited",
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=f"arn:aws:iam::{account}:role/r",
        concurrentBuildLimit=1,
    )["project"]
    gap("patches/codebuild", there="concurrentBuildLimit" not in made)

"""A delivery reads from the moment when its delivery stream was made."""

import json
import time

import pytest
from patience import wait_for

from local.clients import Clients
from local.firehose.service import Firehose

pytestmark = pytest.mark.emulator


def test_earlier_records_of_the_stream_are_not_delivered(clients: Clients, account: str) -> None:
    """Firehose reads from `LATEST`. A second delivery stream delivers only later records."""
    firehose, iam, kinesis, s3 = (
        clients.client(service, account) for service in ("firehose", "iam", "kinesis", "s3")
    )
    bucket, arn = f"start-{account}", f"arn:aws:kinesis:us-east-1:{account}:stream/source"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "firehose.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    grant = {"Effect": "Allow", "Action": ["kinesis:*", "s3:*"], "Resource": "*"}
    document, policy = (
        json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, grant)
    )
    role = iam.create_role(RoleName="delivery", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="delivery", PolicyName="p", PolicyDocument=policy)
    s3.create_bucket(Bucket=bucket)
    kinesis.create_stream(StreamName="source", ShardCount=1)
    kinesis.put_record(StreamName="source", Data=b"before\n", PartitionKey="k")
    time.sleep(0.01)  # the service's times are in milliseconds
    firehose.create_delivery_stream(
        DeliveryStreamName="d",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{bucket}",
        },
    )
    kinesis.put_record(StreamName="source", Data=b"after\n", PartitionKey="k")
    with Firehose(clients, account):
        found = wait_for(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents", []))
    bodies = [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in found]
    assert bodies == [b"after\n"]

"""Requests are built from the provider's properties with botocore's models."""

import pytest

from local.deploy.resources.shapes import ShapeError, request


def test_properties_become_the_apis_members() -> None:
    """Spelling, nesting and number types follow the API's model."""
    given = {
        "applicationName": "a",
        "applicationConfiguration": {
            "applicationCodeConfiguration": {
                "codeContent": {"s3ContentLocation": {"bucketArn": "arn", "fileKey": "k"}},
                "codeContentType": "ZIPFILE",
            },
            "flinkApplicationConfiguration": {
                "checkpointConfiguration": {
                    "configurationType": "CUSTOM",
                    "checkpointInterval": 60000.0,
                }
            },
        },
        "runtimeEnvironment": "FLINK-1_20",
        "serviceExecutionRole": "role",
        "cloudWatchLoggingOptions": {"logStreamArn": "log"},
    }
    assert request("kinesisanalyticsv2", "CreateApplication", given) == {
        "ApplicationName": "a",
        "ApplicationConfiguration": {
            "ApplicationCodeConfiguration": {
                "CodeContent": {"S3ContentLocation": {"BucketARN": "arn", "FileKey": "k"}},
                "CodeContentType": "ZIPFILE",
            },
            "FlinkApplicationConfiguration": {
                "CheckpointConfiguration": {
                    "ConfigurationType": "CUSTOM",
                    "CheckpointInterval": 60000,
                }
            },
        },
        "RuntimeEnvironment": "FLINK-1_20",
        "ServiceExecutionRole": "role",
        "CloudWatchLoggingOptions": [{"LogStreamARN": "log"}],
    }


def test_keys_of_a_map_stay_as_they_are() -> None:
    """The keys of a property group belong to the job, not to the API."""
    groups = [{"propertyGroupId": "g", "propertyMap": {"aws.region": "x", "fileKey": "y"}}]
    given = {
        "applicationName": "a",
        "currentApplicationVersionId": 1,
        "applicationConfigurationUpdate": {
            "environmentPropertyUpdates": {"propertyGroups": groups}
        },
    }
    built = request("kinesisanalyticsv2", "UpdateApplication", given)
    update = built["ApplicationConfigurationUpdate"]["EnvironmentPropertyUpdates"]
    assert update["PropertyGroups"][0]["PropertyMap"] == {"aws.region": "x", "fileKey": "y"}


def test_none_is_left_out() -> None:
    """`None` means that the program doesn't set the property."""
    assert request("kinesis", "CreateStream", {"streamName": "s", "shardCount": None}) == {
        "StreamName": "s"
    }


def test_the_error_for_an_unknown_member_contains_the_known_members() -> None:
    """A property that the API doesn't know isn't ignored."""
    with pytest.raises(ShapeError) as told:
        request("kinesis", "CreateStream", {"streamName": "s", "shards": 3})
    assert str(told.value).startswith("CreateStream has no member shards; it has StreamName, ")


def test_a_missing_member_is_named() -> None:
    """Required members are checked before the request."""
    with pytest.raises(ShapeError, match=r"^kinesis:CreateStream: .*StreamName"):
        request("kinesis", "CreateStream", {"shardCount": 1})


def test_a_value_of_the_wrong_type_is_named() -> None:
    """A list is refused if the API needs a text."""
    with pytest.raises(ShapeError, match="Invalid type for parameter StreamName"):
        request("kinesis", "CreateStream", {"streamName": ["s"]})

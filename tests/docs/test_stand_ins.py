"""The table of what stands in for AWS names tests that are there."""

import re
from pathlib import Path
from typing import Final

from local.deploy.resources import TYPES

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/reference/stand-ins.md"


def test_each_row_names_a_test_that_is_there() -> None:
    """Or says that there is none."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    tests = [row.rstrip(" |").rpartition("| ")[2] for row in rows]
    named = [each for each in tests if each not in {"test", "none"}]
    assert named
    for each in named:
        found = re.fullmatch(r"`(\S+)::(test_\w+)`", each)
        assert found, each
        path, name = found.groups()
        assert f"def {name}(" in (PROJECT / path).read_text("utf-8"), each


NAMES: Final = {
    "athena": "Athena",
    "chatbot": "chat channel",
    "cloudwatch": "CloudWatch",
    "codebuild": "CodeBuild",
    "codeconnections": "CodeConnections",
    "codepipeline": "CodePipeline",
    "codestarconnections": "CodeConnections",
    "glue": "Glue",
    "iam": "role",
    "kinesis": "Kinesis",
    "kinesisanalyticsv2": "application",
    "kms": "key",
    "lambda": "Lambda",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "sns": "SNS",
}
"""How the first column names a service, by the module of Pulumi's AWS provider."""


def test_every_service_that_the_local_cloud_stands_in_for_has_a_row() -> None:
    """A service that a stack begins to use needs a row too."""
    assert {kind.split(":")[1].split("/")[0] for kind in TYPES} == NAMES.keys()
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    first = "\n".join(row.split(" | ")[0] for row in rows)
    assert [name for name in NAMES.values() if name not in first] == []

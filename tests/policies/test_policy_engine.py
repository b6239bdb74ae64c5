"""The pack as Pulumi's engine runs it: a separate process with gRPC."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.buckets import CLOSED
from policies.pack import NAME, RULES

PACK = Path(__file__).parents[2] / "policies"
URN = "urn:pulumi:sandbox::stocktrading-analytics::{kind}::{name}"


@dataclass(frozen=True, kw_only=True)
class Said:
    """The pack's response for a resource."""

    rule: str
    level: str
    resource: str
    lines: list[str]


@dataclass(frozen=True)
class Engine:
    """The engine's requests to a pack."""

    stub: Any
    """gRPC's client. It has no types."""

    def info(self) -> analyzer_pb2.AnalyzerInfo:
        """Request the rules."""
        return cast("analyzer_pb2.AnalyzerInfo", self.stub.GetAnalyzerInfo(empty_pb2.Empty()))

    def judge(self, request: analyzer_pb2.AnalyzeRequest) -> list[Said]:
        """Request a check of one resource."""
        return self._said(self.stub.Analyze(request))

    def judge_stack(self, *resources: analyzer_pb2.AnalyzerResource) -> list[Said]:
        """Request a check of all resources of a stack."""
        request = analyzer_pb2.AnalyzeStackRequest(resources=list(resources))
        return self._said(self.stub.AnalyzeStack(request))

    @staticmethod
    def _said(response: analyzer_pb2.AnalyzeResponse) -> list[Said]:
        return [
            Said(
                rule=one.policyName,
                level=_level(one.enforcementLevel),
                resource=one.urn.rpartition("::")[2],
                lines=one.message.split("\n"),
            )
            for one in response.diagnostics
        ]


def _level(number: analyzer_pb2.EnforcementLevel.ValueType) -> str:
    return analyzer_pb2.EnforcementLevel.Name(number).lower()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run the pack from another directory, as the engine does, and give its client."""
    with subprocess.Popen(
        [sys.executable, "-u", str(PACK)],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env={key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout
            assert select.select([process.stdout], [], [], 60)[0], "the pack gave no port"
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Engine(analyzer_pb2_grpc.AnalyzerStub(channel))
        finally:
            process.kill()


def _struct(props: Mapping[str, object]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(props), struct_pb2.Struct())


def _stream(**props: object) -> analyzer_pb2.AnalyzeRequest:
    kind = "aws:kinesis/stream:Stream"
    return analyzer_pb2.AnalyzeRequest(
        type=kind,
        name="ingest",
        urn=URN.format(kind=kind, name="ingest"),
        properties=_struct(props),
    )


def _of_stack(kind: str, name: str, **props: object) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        type=kind, name=name, urn=URN.format(kind=kind, name=name), properties=_struct(props)
    )


def test_engine_gets_every_rule_with_its_level(engine: Engine) -> None:
    """The engine enforces the rules' own levels."""
    info = engine.info()
    assert info.name == NAME
    assert [(one.name, _level(one.enforcementLevel), one.description) for one in info.policies] == [
        (rule.name, rule.level, f"{rule.says} ({', '.join(rule.controls)})") for rule in RULES
    ]


def test_engine_gets_the_violations_of_a_resource(engine: Engine) -> None:
    """A violation carries the rule, the control ids, what was given and what is allowed."""
    (found,) = engine.judge(_stream(retentionPeriod=168))
    assert (found.rule, found.level) == ("kinesis-stream-encrypted", "mandatory")
    assert found.lines == [
        (
            "A stream is not encrypted with our own key: set encryption_type KMS and kms_key_id "
            "(Kinesis.1, CKV_AWS_43, CKV_AWS_185, KDS1, KDS3)"
        ),
        "encryptionType: given None; allowed: KMS",
    ]


def test_engine_gets_no_violation_for_a_right_resource(engine: Engine) -> None:
    """This includes a resource of a type without a rule."""
    good = _stream(encryptionType="KMS", kmsKeyId="arn:aws:kms:key", retentionPeriod=168)
    assert engine.judge(good) == []
    alias = analyzer_pb2.AnalyzeRequest(type="aws:kms/alias:Alias", name="a", urn="urn")
    assert engine.judge(alias) == []


def test_a_value_unknown_in_a_preview_is_reported_and_no_violation(engine: Engine) -> None:
    """A key that does not exist yet can't be checked. The engine says so and continues."""
    request = _stream(encryptionType="KMS", kmsKeyId=UNKNOWN_STRING_VALUE, retentionPeriod=168)
    (found,) = engine.judge(request)
    assert (found.rule, found.level) == ("kinesis-stream-encrypted", "advisory")
    assert "kmsKeyId can't be known during preview" in found.lines[0]


def test_engine_gets_violations_of_rules_over_the_stack(engine: Engine) -> None:
    """A rule over several resources names the resource that lacks something."""
    block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    found = engine.judge_stack(
        _of_stack("aws:s3/bucket:Bucket", "open", bucket="one"),
        _of_stack("aws:s3/bucket:Bucket", "closed", bucket="two"),
        _of_stack(block, "block", bucket="two", **dict.fromkeys(CLOSED, True)),
    )
    said = [(one.resource, one.lines[1:]) for one in found if one.rule == "s3-bucket-closed"]
    assert said == [("open", ["open: BucketPublicAccessBlock of this bucket: given none"])]


def test_engine_gets_no_violation_for_an_exempt_resource(engine: Engine) -> None:
    """The bucket of access logs has no violation, and the other bucket has one."""
    found = engine.judge_stack(
        _of_stack("aws:s3/bucket:Bucket", "tooling-access-logs", bucket="logs"),
        _of_stack("aws:s3/bucket:Bucket", "data", bucket="data"),
    )
    said = {one.resource for one in found if one.rule == "s3-bucket-access-logged"}
    assert said == {"data"}


def test_pack_runs_in_the_projects_own_environment() -> None:
    """The engine finds the lock file next to the pack. It has the same versions as the tests."""
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text("utf-8"))
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "uv"}}
    assert (PACK.parent / "uv.lock").is_file()

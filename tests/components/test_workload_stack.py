"""Rules for the whole workload stack, for any components."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from archives import package
from recorder import ACCOUNT, ROOT, Recorder, Secret, main_program, record, stack_config

from components.base.validation import SettingsError
from components.delivery.catalog import TODAY
from components.sizing.capacity import Load, capacity
from stack import outputs

OUTPUTS = set(outputs.WORKLOAD)


def _statements(stack: Recorder) -> list[tuple[str, dict[str, Any]]]:
    """Give every statement of every policy document, with its resource's name."""
    found: list[tuple[str, dict[str, Any]]] = []
    for resource in stack.resources:
        for key in ("policy", "assumeRolePolicy"):
            if key in resource.inputs:
                statements = cast("list[dict[str, Any]]", resource.document(key)["Statement"])
                found += [(resource.name, statement) for statement in statements]
    return found


def test_outputs_are_complete_and_no_more(sandbox: Recorder) -> None:
    """They include what the simulator, the board and the release commands read."""
    assert set(sandbox.outputs) == OUTPUTS
    assert sandbox.outputs["ingest_stream"] == "stocktrading-ingest-stream"
    assert sandbox.outputs["application_name"] == "stocktrading-analytics"
    assert sandbox.outputs["job_version"] == "v1"
    assert sandbox.outputs["aggregation_enabled"] is False
    assert sandbox.outputs["account_id"] == ACCOUNT
    assert sandbox.outputs["endpoint"] is None


def test_the_stacks_readme_holds_the_values_of_outputs(sandbox: Recorder) -> None:
    """The program inserts them. No backend but Pulumi Cloud does it."""
    text = str(sandbox.outputs["readme"])
    assert not re.findall(r"\{[^}]*\}", text)
    named = {name for name in OUTPUTS - {"readme"} if str(sandbox.outputs[name]) in text}
    assert {"application_name", "job_version", "ingest_stream", "dashboard_url"} <= named


def test_no_allowed_action_has_a_wildcard(sandbox: Recorder) -> None:
    """Each allowed action is written out."""
    for name, statement in _statements(sandbox):
        actions = statement["Action"]
        if statement["Effect"] == "Allow":
            assert "*" not in str(actions), name


def test_only_the_keys_own_policy_has_the_resource_star(sandbox: Recorder) -> None:
    """In a key policy `*` means that key. Elsewhere it would mean everything."""
    stars = {name for name, statement in _statements(sandbox) if statement.get("Resource") == "*"}
    assert stars == {"key"}


def test_each_service_role_is_for_this_account_and_one_resource(sandbox: Recorder) -> None:
    """No other account's resource can make a service act with our roles."""
    trusts = [role.document("assumeRolePolicy") for role in sandbox.all("aws:iam/role:Role")]
    statements = [statement for trust in trusts for statement in trust["Statement"]]
    of_services = [one for one in statements if "Service" in one["Principal"]]
    assert of_services
    for statement in of_services:
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"].startswith("arn:aws:")


@pytest.mark.parametrize(
    "kind",
    [
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ],
)
def test_every_bucket_has_every_control(sandbox: Recorder, kind: str) -> None:
    """No bucket is made without its controls."""
    buckets = {one.inputs["bucket"] for one in sandbox.all("aws:s3/bucket:Bucket")}
    assert buckets
    assert {one.inputs["bucket"] for one in sandbox.all(kind)} == buckets


def test_every_bucket_blocks_public_access_in_all_four_ways(sandbox: Recorder) -> None:
    """Neither an ACL nor a policy can make a bucket public."""
    for block in sandbox.all("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
        switches = {key: value for key, value in block.inputs.items() if key != "bucket"}
        assert switches == {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }


def test_every_bucket_refuses_plain_http_and_old_tls(sandbox: Recorder) -> None:
    """Both denials cover the bucket and its objects, for everyone."""
    for policy in sandbox.all("aws:s3/bucketPolicy:BucketPolicy"):
        statements = policy.document("policy")["Statement"]
        assert [one["Condition"] for one in statements] == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ]
        for statement in statements:
            arn, objects = statement["Resource"]
            assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
            assert objects == f"{arn}/*"


def test_every_bucket_and_stream_and_log_is_encrypted_with_the_stacks_key(
    sandbox: Recorder,
) -> None:
    """One key decides who can read the data."""
    key = sandbox.outputs["key_arn"]
    for one in sandbox.all(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ):
        (rule,) = one.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {
            "sseAlgorithm": "aws:kms",
            "kmsMasterKeyId": key,
        }
    for stream in sandbox.all("aws:kinesis/stream:Stream"):
        assert (stream.inputs["encryptionType"], stream.inputs["kmsKeyId"]) == ("KMS", key)
    for group in sandbox.all("aws:cloudwatch/logGroup:LogGroup"):
        assert group.inputs["kmsKeyId"] == key
        assert group.inputs["retentionInDays"] > 0


def test_every_key_rotates(sandbox: Recorder) -> None:
    """This is the control KMS.4."""
    for key in sandbox.all("aws:kms/key:Key"):
        assert key.inputs["enableKeyRotation"] is True


def test_every_child_has_a_component_as_parent_and_the_stacks_provider(sandbox: Recorder) -> None:
    """Only components and the provider have no parent. No resource uses the default provider."""
    for resource in sandbox.resources:
        at_the_top = resource.parent.endswith("stocktrading-analytics-sandbox")
        if resource.kind.startswith("aws:"):
            assert not at_the_top, resource.name
            assert "pulumi:providers:aws::account::" in resource.options["provider"]
        else:
            assert resource.kind.startswith(("stocktrading:", "pulumi:providers:aws"))


def test_the_provider_tags_all_and_refuses_another_account(sandbox: Recorder) -> None:
    """The provider adds all tags. With credentials of another account, nothing is made."""
    provider = sandbox.one("pulumi:providers:aws").inputs
    assert json.loads(provider["allowedAccountIds"]) == [ACCOUNT]
    assert json.loads(provider["defaultTags"])["tags"] == {
        "Project": "stocktrading-analytics",
        "Stack": "sandbox",
        "ManagedBy": "Pulumi",
        "Environment": "sandbox",
    }
    assert "endpoints" not in provider


def test_an_endpoint_reaches_the_provider_the_job_and_the_outputs(packaged: Path) -> None:
    """A single setting lets the stack use an emulator."""
    assert packaged
    endpoint = "http://127.0.0.1:4566"
    stack = record(main_program, stack_config(endpoint=endpoint))
    provider = stack.one("pulumi:providers:aws").inputs
    assert set(json.loads(provider["endpoints"])[0].values()) == {endpoint}
    assert provider["accessKey"] == Secret(ACCOUNT)
    assert stack.outputs["endpoint"] == endpoint
    application = stack.one("aws:kinesisanalyticsv2/application:Application").inputs
    group = application["applicationConfiguration"]["environmentProperties"]["propertyGroups"][0]
    assert group["propertyMap"]["aws.endpoint"] == endpoint


def test_a_third_stack_needs_only_a_file(packaged: Path) -> None:
    """Another stack of the same kind needs only its configuration, and shares no name."""
    assert packaged
    config = stack_config(prefix="stocktrading-prod")
    stack = record(main_program, config, stack="prod")
    assert stack.outputs["ingest_stream"] == "stocktrading-prod-ingest-stream"
    names = {one.inputs["bucket"] for one in stack.all("aws:s3/bucket:Bucket")}
    assert all(name.startswith("stocktrading-prod-") for name in names)


def test_a_missing_archive_stops_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to run."""
    monkeypatch.setattr("components.streaming.archive.DISTRIBUTION", tmp_path)
    with pytest.raises(SettingsError, match=r"^stocktrading-job\.zip is missing .* make package$"):
        record(main_program, stack_config())


def test_an_archive_that_is_not_the_described_one_is_refused(packaged: Path) -> None:
    """An incomplete package is not deployed."""
    (packaged / "stocktrading-job.zip").write_bytes(b"other")
    with pytest.raises(SettingsError, match="is not the archive that"):
        record(main_program, stack_config())


def test_a_new_version_is_a_new_key_and_the_old_archive_stays(packaged: Path) -> None:
    """The service would not notice an overwritten object. A roll-back needs the old version."""
    package(packaged, version="abc123")
    stack = record(main_program, stack_config())
    release = stack.one("aws:s3/bucketObjectv2:BucketObjectv2")
    assert release.inputs["key"] == "releases/abc123/stocktrading-job.zip"
    assert release.options["retainOnDelete"] is True
    code = stack.one("aws:kinesisanalyticsv2/application:Application").inputs[
        "applicationConfiguration"
    ]["applicationCodeConfiguration"]["codeContent"]["s3ContentLocation"]
    assert code["fileKey"] == release.inputs["key"]


def _documented_stack() -> dict[str, str]:
    """Give the configuration of the production stack that the documentation shows."""
    text = (ROOT / "docs" / "how-to" / "prod-stack.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    values = cast("dict[str, object]", yaml.safe_load(block)["config"])
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def test_the_documented_production_stack_deploys_as_described(packaged: Path) -> None:
    """The file in the documentation deploys unchanged, and its load gives its size."""
    assert packaged
    stack = record(main_program, _documented_stack(), stack="prod")
    shards = {one.name: one.inputs["shardCount"] for one in stack.all("aws:kinesis/stream:Stream")}
    assert (
        shards["ingest"]
        == capacity(
            Load(mean_trades=4000, peak_trades=20_000, trade_bytes=120, tickers=3000), packed=True
        ).ingest.shards
    )
    assert stack.outputs["producer_role_arn"].endswith("stocktrading-producer")
    buckets = {one.name: one.inputs["forceDestroy"] for one in stack.all("aws:s3/bucket:Bucket")}
    assert buckets == {"analytics-code": False, "sink-store": False}
    protected = {one.name for one in stack.resources if one.options["protect"]}
    assert protected == {"key", "analytics-code", "sink-store"}
    assert stack.outputs["aggregation_enabled"] is True


def test_the_sandbox_protects_nothing(sandbox: Recorder) -> None:
    """A person must be able to destroy it at once."""
    assert [one.name for one in sandbox.resources if one.options["protect"]] == []
    buckets = {one.inputs["forceDestroy"] for one in sandbox.all("aws:s3/bucket:Bucket")}
    assert buckets == {True}


def test_the_documented_query_is_the_stacks_own() -> None:
    """The texts are equal."""
    text = (ROOT / "docs" / "how-to" / "query-results.md").read_text("utf-8")
    assert f"```sql\n{TODAY}```" in text

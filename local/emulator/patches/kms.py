"""KMS: the permission to use the key of what a service reads or writes.

On AWS a service uses a customer's key with the permissions of its caller: who puts a record on an
encrypted stream needs `kms:GenerateDataKey` for the stream's key, by the identity's policies and
the key's policy. The condition key `kms:ViaService` is the service. The emulator checks only calls
to KMS itself: `test_a_stream_is_written_without_its_key`.

Here this is so for records of Kinesis, objects of S3 and values of secrets. An object is checked
for the key of its bucket's default encryption, because every bucket of the project has one.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.emulator.patches import Module

READ, WRITE = "kms:Decrypt", "kms:GenerateDataKey"

USES: Final[Mapping[str, str]] = {
    "kinesis:GetRecords": READ,
    "kinesis:PutRecord": WRITE,
    "kinesis:PutRecords": WRITE,
    "s3:GetObject": READ,
    "s3:GetObjectVersion": READ,
    "s3:PutObject": WRITE,
    "secretsmanager:GetSecretValue": READ,
    "secretsmanager:PutSecretValue": WRITE,
}
"""The action on the key that each action needs besides its own permission."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    evaluator: Module = importlib.import_module("ministack.core.iam_evaluator")
    evaluator.enforce = _with_the_key(evaluator.enforce)


def _with_the_key(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforced(  # noqa: PLR0913, PLR0917 -- the replaced function's parameters
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Mapping[str, Any] | None = None,
    ) -> object:
        denied = enforce(access_key, action, service, region, resource_arn, service_context)
        if denied is not None or action not in USES:
            return denied
        key = _KEYS[service](resource_arn)
        if not key:
            return None
        region = region or key.split(":")[3]  # S3 checks its requests without a region
        via = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
        return enforce(access_key, USES[action], "kms", region, key, via)

    return enforced


def _key_of_stream(arn: str) -> str | None:
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    stream: Mapping[str, str] = kinesis._streams.get(arn.rpartition("/")[2]) or {}
    return _arn(stream.get("KeyId")) if stream.get("EncryptionType") == "KMS" else None


def _key_of_bucket(arn: str) -> str | None:
    s3: Module = importlib.import_module("ministack.services.s3")
    bucket = arn.rpartition(":")[2].partition("/")[0]
    default: Mapping[str, str] = s3._bucket_default_sse_headers(bucket)
    return _arn(default.get("x-amz-server-side-encryption-aws-kms-key-id"))


def _key_of_secret(arn: str) -> str | None:
    secrets: Module = importlib.import_module("ministack.services.secretsmanager")
    secret: Mapping[str, str] = secrets._resolve(arn)[1] or {}
    return _arn(secret.get("KmsKeyId"))


def _arn(key: str | None) -> str | None:
    kms: Module = importlib.import_module("ministack.services.kms")
    record = kms._resolve_key(key) if key else None
    return record["Arn"] if record else None


_KEYS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "kinesis": _key_of_stream,
    "s3": _key_of_bucket,
    "secretsmanager": _key_of_secret,
}

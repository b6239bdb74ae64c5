"""Cases of the rules for streams, deliveries, applications, logs and functions."""

from cases import KEY_ARN, STREAM_ARN, Case, one

from policies.deliveries import DELIVERY
from policies.flink import APPLICATION
from policies.functions import CATALOG, FUNCTION, PERMISSION, RUNTIMES
from policies.logs import LOG_GROUP
from policies.model import Resource
from policies.streams import STREAM

STREAM_CASES = (
    Case(
        rule="kinesis-stream-encrypted",
        what="a customer-managed key",
        resources=[one(STREAM, encryptionType="KMS", kmsKeyId=KEY_ARN)],
    ),
    Case(
        rule="kinesis-stream-encrypted",
        what="no encryption type",
        resources=[one(STREAM, name="plain")],
        says=["encryptionType: given None; allowed: KMS"],
    ),
    Case(
        rule="kinesis-stream-encrypted",
        what="the service's own key",
        resources=[one(STREAM, encryptionType="KMS", kmsKeyId="alias/aws/kinesis")],
        says=["kmsKeyId: given alias/aws/kinesis; allowed: the ARN of a customer-managed key"],
    ),
    Case(
        rule="kinesis-stream-encrypted",
        what="no key",
        resources=[one(STREAM, encryptionType="KMS")],
        says=["kmsKeyId: given None; allowed: the ARN of a customer-managed key"],
    ),
    Case(
        rule="kinesis-stream-retention",
        what="a week",
        resources=[one(STREAM, retentionPeriod=168.0)],
    ),
    Case(
        rule="kinesis-stream-retention",
        what="one hour less than a week, and the service's default",
        resources=[one(STREAM, retentionPeriod=167.0), one(STREAM)],
        says=[
            "retentionPeriod: given 167 hours; allowed: 168 to 8760",
            "retentionPeriod: given 24 hours; allowed: 168 to 8760",
        ],
    ),
)


def _stream(encryption: str | None) -> Resource:
    return one(STREAM, arn=STREAM_ARN, encryptionType=encryption)


_FROM_STREAM = one(DELIVERY, kinesisSourceConfiguration={"kinesisStreamArn": STREAM_ARN})

DELIVERY_CASES = (
    Case(
        rule="firehose-encrypted",
        what="an encrypted stream as source",
        resources=[_FROM_STREAM, _stream("KMS")],
    ),
    Case(
        rule="firehose-encrypted",
        what="no source stream, with a customer-managed key",
        resources=[
            one(
                DELIVERY,
                serverSideEncryption={
                    "enabled": True,
                    "keyType": "CUSTOMER_MANAGED_CMK",
                    "keyArn": KEY_ARN,
                },
            )
        ],
    ),
    Case(
        rule="firehose-encrypted",
        what="a stream without encryption as source",
        resources=[_FROM_STREAM, _stream(None)],
        says=[f"source {STREAM_ARN}: not among this stack's streams with encryptionType KMS"],
    ),
    Case(
        rule="firehose-encrypted",
        what="a source stream that isn't in this stack",
        resources=[_FROM_STREAM],
        says=[f"source {STREAM_ARN}: not among this stack's streams with encryptionType KMS"],
    ),
    Case(
        rule="firehose-encrypted",
        what="no source stream, without encryption",
        resources=[one(DELIVERY)],
        says=["serverSideEncryption: given none; allowed: enabled, with our own key"],
    ),
    Case(
        rule="firehose-encrypted",
        what="no source stream, with a key that AWS owns",
        resources=[
            one(DELIVERY, serverSideEncryption={"enabled": True, "keyType": "AWS_OWNED_CMK"})
        ],
        says=[
            (
                "serverSideEncryption.keyType: given AWS_OWNED_CMK; "
                "allowed: CUSTOMER_MANAGED_CMK with keyArn"
            )
        ],
    ),
)


def _application(**checkpoints: object) -> Resource:
    flink = {"checkpointConfiguration": checkpoints} if checkpoints else {}
    return one(
        APPLICATION,
        runtimeEnvironment="FLINK-1_20",
        applicationConfiguration={"flinkApplicationConfiguration": flink},
    )


FLINK_CASES = (
    Case(
        rule="flink-checkpoints",
        what="checkpoints on, the service's default, and an application without Flink",
        resources=[
            _application(configurationType="CUSTOM", checkpointingEnabled=True),
            _application(configurationType="DEFAULT"),
            _application(),
            one(APPLICATION, runtimeEnvironment="SQL-1_0"),
        ],
    ),
    Case(
        rule="flink-checkpoints",
        what="checkpoints off",
        resources=[_application(configurationType="CUSTOM", checkpointingEnabled=False)],
        says=["checkpointingEnabled: given false; allowed: true"],
    ),
)

LOG_CASES = (
    Case(
        rule="log-group-encrypted",
        what="a customer-managed key",
        resources=[one(LOG_GROUP, kmsKeyId=KEY_ARN)],
    ),
    Case(
        rule="log-group-encrypted",
        what="no key",
        resources=[one(LOG_GROUP)],
        says=["kmsKeyId: given none; allowed: the ARN of a customer-managed key"],
    ),
    Case(
        rule="log-group-expires",
        what="a month",
        resources=[one(LOG_GROUP, retentionInDays=30.0)],
    ),
    Case(
        rule="log-group-expires",
        what="no retention, and 0, which means no expiry",
        resources=[one(LOG_GROUP), one(LOG_GROUP, retentionInDays=0.0)],
        says=["retentionInDays: given none; allowed: 1 to 3653, as CloudWatch Logs lists them"] * 2,
    ),
)

_NO_SOURCE = "sourceArn or sourceAccount or principalOrgId: given none, with principal {}"

FUNCTION_CASES = (
    Case(
        rule="lambda-not-public",
        what="an account, and a service with a source account",
        resources=[
            one(PERMISSION, principal="222222222222"),
            one(PERMISSION, principal="s3.amazonaws.com", sourceAccount="222222222222"),
        ],
    ),
    Case(
        rule="lambda-not-public",
        what="everyone, and a service without a source",
        resources=[
            one(PERMISSION, principal="*"),
            one(PERMISSION, principal="s3.amazonaws.com"),
        ],
        says=[
            "principal: given *; allowed: a service or an account",
            _NO_SOURCE.format("s3.amazonaws.com"),
        ],
    ),
    Case(
        rule="lambda-runtime-supported",
        what="a supported runtime, and an image",
        resources=[one(FUNCTION, runtime="python3.11"), one(FUNCTION, packageType="Image")],
    ),
    Case(
        rule="lambda-runtime-supported",
        what="a deprecated runtime",
        resources=[one(FUNCTION, runtime="python3.8")],
        says=[f"runtime: given python3.8; allowed: {', '.join(sorted(RUNTIMES))}"],
    ),
    Case(
        rule="lambda-environment-encrypted",
        what="variables with a customer-managed key, and no variables",
        resources=[
            one(FUNCTION, environment={"variables": {"A": "b"}}, kmsKeyArn=KEY_ARN),
            one(FUNCTION),
        ],
    ),
    Case(
        rule="lambda-environment-encrypted",
        what="variables without a key",
        resources=[one(FUNCTION, environment={"variables": {"A": "b"}})],
        says=["kmsKeyArn: given none, with environment variables"],
    ),
    Case(
        rule="glue-catalog-encrypted",
        what="encrypted metadata and passwords",
        resources=[
            one(
                CATALOG,
                dataCatalogEncryptionSettings={
                    "encryptionAtRest": {
                        "catalogEncryptionMode": "SSE-KMS",
                        "sseAwsKmsKeyId": KEY_ARN,
                    },
                    "connectionPasswordEncryption": {
                        "returnConnectionPasswordEncrypted": True,
                        "awsKmsKeyId": KEY_ARN,
                    },
                },
            )
        ],
    ),
    Case(
        rule="glue-catalog-encrypted",
        what="no encryption of metadata or passwords",
        resources=[
            one(
                CATALOG,
                dataCatalogEncryptionSettings={
                    "encryptionAtRest": {"catalogEncryptionMode": "DISABLED"},
                    "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False},
                },
            )
        ],
        says=[
            "encryptionAtRest: given DISABLED; allowed: SSE-KMS, key",
            "connectionPasswordEncryption.returnConnectionPasswordEncrypted: allowed: true",
        ],
    ),
)

CASES = (*STREAM_CASES, *DELIVERY_CASES, *FLINK_CASES, *LOG_CASES, *FUNCTION_CASES)

"""Cases of the rules for buckets. Each has a second bucket, whose controls don't count."""

from collections.abc import Mapping, Sequence

from cases import KEY_ARN, PLAIN_HTTP, Case, allow, deny, one, policy

from policies.bucket_access import ACCESS_POINT, ACCOUNT, MULTI_REGION
from policies.buckets import (
    BLOCK,
    BUCKET,
    CLOSED,
    ENCRYPTION,
    LIFECYCLE,
    LOGGING,
    NOTIFICATION,
    OWNERSHIP,
    POLICY,
    VERSIONING,
)
from policies.model import Resource

_BUCKET = one(BUCKET, bucket="data")
_OBJECTS = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
_TLS_ONLY = deny("s3:*", _OBJECTS, Condition=PLAIN_HTTP)
_ALL = dict.fromkeys(CLOSED, True)


def _beside(kind: str, rule: str, good: Mapping[str, object], bad: Sequence[object]) -> list[Case]:
    """Give cases for a right control, no control, another bucket's control, and each of `bad`."""
    noun = kind.rpartition(":")[2]
    missing = f"{noun} of this bucket: given none"
    weak = f"{noun} of this bucket: given one that is not sufficient"
    return [
        Case(
            rule=rule, what="a right control", resources=[_BUCKET, one(kind, bucket="data", **good)]
        ),
        Case(rule=rule, what="no control", resources=[_BUCKET], says=[missing]),
        Case(
            rule=rule,
            what="another bucket's control",
            resources=[_BUCKET, one(kind, bucket="other", **good)],
            says=[missing],
        ),
        *(
            Case(
                rule=rule,
                what=f"a control that is not sufficient, {number}",
                resources=[_BUCKET, _weak(kind, props)],
                says=[weak],
            )
            for number, props in enumerate(bad)
        ),
    ]


def _weak(kind: str, props: object) -> Resource:
    assert isinstance(props, dict)
    return one(kind, bucket="data", **props)  # pyright: ignore[reportUnknownArgumentType]


def _rule(algorithm: str, key: str | None) -> dict[str, object]:
    default = {"sseAlgorithm": algorithm} | ({"kmsMasterKeyId": key} if key else {})
    return {"rules": [{"applyServerSideEncryptionByDefault": default}]}


def _lifecycle(status: str, **more: object) -> dict[str, object]:
    return {"rules": [{"id": "one", "status": status, **more}]}


BUCKET_CASES = (
    *_beside(
        BLOCK,
        "s3-bucket-closed",
        _ALL,
        [{**_ALL, switch: False} for switch in CLOSED] + [{"blockPublicAcls": True}],
    ),
    *_beside(
        POLICY,
        "s3-bucket-tls-only",
        {"policy": policy(allow("s3:GetObject", "arn:aws:s3:::data/*", Principal="a"), _TLS_ONLY)},
        [
            {"policy": policy(deny("s3:*", _OBJECTS))},
            {"policy": policy(deny("s3:*", _OBJECTS[:1], Condition=PLAIN_HTTP))},
            {"policy": policy(deny("s3:*", _OBJECTS[1:], Condition=PLAIN_HTTP))},
            {"policy": policy(deny("s3:GetObject", _OBJECTS, Condition=PLAIN_HTTP))},
            {"policy": policy({**_TLS_ONLY, "Effect": "Allow"})},
            {"policy": policy({**_TLS_ONLY, "Principal": {"AWS": "222222222222"}})},
            {"policy": policy({**_TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransports": 1}}})},
            {"policy": "{"},
        ],
    ),
    *_beside(
        ENCRYPTION,
        "s3-bucket-encrypted",
        _rule("aws:kms", KEY_ARN),
        [_rule("AES256", None), _rule("aws:kms", None), _rule("aws:kms", "alias/aws/s3")],
    ),
    *_beside(
        VERSIONING,
        "s3-bucket-versioned",
        {"versioningConfiguration": {"status": "Enabled"}},
        [{"versioningConfiguration": {"status": "Suspended"}}],
    ),
    *_beside(
        LIFECYCLE,
        "s3-bucket-swept",
        _lifecycle("Enabled", noncurrentVersionExpiration={"noncurrentDays": 30.0}),
        [
            _lifecycle("Disabled", noncurrentVersionExpiration={"noncurrentDays": 30.0}),
            _lifecycle("Enabled", expiration={"days": 30.0}),
        ],
    ),
    *_beside(
        OWNERSHIP,
        "s3-bucket-without-acls",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        [{"rule": {"objectOwnership": "BucketOwnerPreferred"}}],
    ),
    *_beside(
        LOGGING,
        "s3-bucket-access-logged",
        {"targetBucket": "logs", "targetPrefix": "data/"},
        [{"targetPrefix": "data/"}],
    ),
    *_beside(
        NOTIFICATION,
        "s3-bucket-notifies",
        {"eventbridge": True},
        [{"eventbridge": False, "queues": []}],
    ),
)

_OPEN = "{}: given false; allowed: true"

ACCESS_CASES = (
    Case(rule="s3-account-closed", what="all four switches on", resources=[one(ACCOUNT, **_ALL)]),
    Case(
        rule="s3-account-closed",
        what="one switch on and three switches unset",
        resources=[one(ACCOUNT, blockPublicAcls=True)],
        says=[_OPEN.format(switch) for switch in CLOSED[1:]],
    ),
    Case(
        rule="s3-access-point-closed",
        what="no public access block, and all four switches on",
        resources=[
            one(ACCESS_POINT, bucket="data"),
            one(ACCESS_POINT, bucket="data", publicAccessBlockConfiguration=_ALL),
        ],
    ),
    Case(
        rule="s3-access-point-closed",
        what="one switch off",
        resources=[
            one(ACCESS_POINT, publicAccessBlockConfiguration={**_ALL, "blockPublicPolicy": False})
        ],
        says=[_OPEN.format("publicAccessBlockConfiguration.blockPublicPolicy")],
    ),
    Case(
        rule="s3-multi-region-access-point-closed",
        what="no public access block, and all four switches on",
        resources=[
            one(MULTI_REGION, details={"name": "a", "regions": []}),
            one(MULTI_REGION, details={"name": "a", "publicAccessBlock": _ALL}),
        ],
    ),
    Case(
        rule="s3-multi-region-access-point-closed",
        what="one switch off",
        resources=[one(MULTI_REGION, details={"publicAccessBlock": {"ignorePublicAcls": False}})],
        says=[_OPEN.format("details.publicAccessBlock.ignorePublicAcls")],
    ),
    Case(
        rule="s3-bucket-policy-keeps-control",
        what="permission to read, and a denial of all actions",
        resources=[
            one(
                POLICY,
                bucket="data",
                policy=policy(allow("s3:GetObject", Principal="a"), deny("*")),
            )
        ],
    ),
    Case(
        rule="s3-bucket-policy-keeps-control",
        what="PutBucketPolicy, a pattern of actions, NotAction, and an invalid document",
        resources=[
            one(POLICY, policy=policy(allow(["s3:GetObject", "s3:PutBucketPolicy"]))),
            one(POLICY, policy=policy(allow("s3:Put*", Sid="Wide"))),
            one(POLICY, policy=policy({"Effect": "Allow", "NotAction": "s3:A", "Resource": "*"})),
            one(POLICY, policy="[]"),
        ],
        says=[
            "policy, statement for s3:GetObject, s3:PutBucketPolicy: given s3:PutBucketPolicy",
            "policy, statement 'Wide': given s3:Put*",
            "policy, statement for : given all but some actions",
            "policy: given list; allowed: a policy document",
        ],
    ),
)

CASES = (*BUCKET_CASES, *ACCESS_CASES)

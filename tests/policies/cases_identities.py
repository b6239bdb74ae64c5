"""Cases of the rules for keys and for identities."""

from cases import PLACE, Case, allow, deny, one, policy

from policies.identities import ATTACHMENTS, INLINE, POLICY, ROLE
from policies.keys import KEY
from policies.model import Resource

_ROOT = {"AWS": "arn:aws:iam::222222222222:root"}
_STREAM = f"arn:aws:kinesis:{PLACE}:stream/ingest"
_ANY_STREAM = f"arn:aws:kinesis:{PLACE}:stream/*"
_INTERFACES = f"arn:aws:ec2:{PLACE}:network-interface/*"
_IN_ONE_SUBNET = {"ArnEquals": {"ec2:Subnet": [f"arn:aws:ec2:{PLACE}:subnet/subnet-0a"]}}
_ANY_REGION = "arn:aws:kinesis:*:222222222222:stream/ingest"


def _key(*statements: object, **props: object) -> Resource:
    return one(KEY, policy=policy(*statements), **props)  # pyright: ignore[reportArgumentType]


def _grants(*statements: object) -> Resource:
    return one(INLINE[0], policy=policy(*statements))  # pyright: ignore[reportArgumentType]


def _long(kind: str, characters: int, **props: object) -> Resource:
    """Give a policy of so many characters, without white space."""
    document = policy(allow("s3:GetObject", "arn:aws:s3:::"))
    missing = characters - len("".join(document.split()))
    return one(kind, policy=document.replace(":::", ":::" + "b" * missing), **props)


KEY_CASES = (
    Case(
        rule="kms-key-rotates",
        what="a key that rotates, and a key that KMS can't rotate",
        resources=[
            one(KEY, enableKeyRotation=True),
            one(KEY, customerMasterKeySpec="RSA_4096"),
        ],
    ),
    Case(
        rule="kms-key-rotates",
        what="rotation unset",
        resources=[one(KEY)],
        says=["enableKeyRotation: given false; allowed: true"],
    ),
    Case(rule="kms-key-enabled", what="is_enabled unset", resources=[one(KEY)]),
    Case(
        rule="kms-key-enabled",
        what="a disabled key",
        resources=[one(KEY, isEnabled=False)],
        says=["isEnabled: given false; allowed: true"],
    ),
    Case(
        rule="kms-key-deletion",
        what="30 days, and the default of 30 days",
        resources=[one(KEY, deletionWindowInDays=30.0), one(KEY)],
    ),
    Case(
        rule="kms-key-deletion",
        what="7 days",
        resources=[one(KEY, deletionWindowInDays=7.0)],
        says=["deletionWindowInDays: given 7; allowed: 30"],
    ),
    Case(
        rule="kms-key-names-its-users",
        what="permissions for the account and a service, and a denial for everyone",
        resources=[
            _key(
                allow("kms:Decrypt", Principal=_ROOT),
                allow("kms:Decrypt", Principal={"Service": "logs.us-east-1.amazonaws.com"}),
                deny("kms:ScheduleKeyDeletion"),
            )
        ],
    ),
    Case(
        rule="kms-key-names-its-users",
        what="no policy, everyone in two notations, NotPrincipal, and an invalid document",
        resources=[
            one(KEY),
            _key(allow("kms:Decrypt", Principal="*")),
            _key(allow("kms:Decrypt", Sid="Open", Principal={"AWS": ["*"]})),
            _key(allow("kms:Decrypt", NotPrincipal=_ROOT)),
            one(KEY, policy="{"),
        ],
        says=[
            "policy: given none; KMS's default gives the account every action",
            "policy, statement for kms:Decrypt: given everyone; allowed: principals by name",
            "policy, statement 'Open': given everyone; allowed: principals by name",
            "policy, statement for kms:Decrypt: given everyone; allowed: principals by name",
            "policy: given no JSON; allowed: a policy document",
        ],
    ),
)


def _wide(statement: str, resources: str, actions: str) -> str:
    return (
        f"statement for {statement}: given {resources} for {actions}; "
        "allowed: ARNs whose wildcard, if any, follows a name"
    )


IDENTITY_CASES = (
    Case(
        rule="iam-no-administrator",
        what="one action on one stream, a denial of all actions, and a role without a policy",
        resources=[
            _grants(allow("kinesis:PutRecords", _STREAM), {**deny("*"), "Principal": []}),
            one(ROLE, name="plain"),
        ],
    ),
    Case(
        rule="iam-no-administrator",
        what="all actions on all resources, in a policy and in a role",
        resources=[
            one(POLICY, policy=policy(allow("*"))),
            one(ROLE, inlinePolicies=[{"name": "all", "policy": policy(allow(["*"], ["*"]))}]),
        ],
        says=["statement for *: given * on *; allowed: actions and resources by name"] * 2,
    ),
    Case(
        rule="iam-actions-by-name",
        what="an action by name, and a denial of a pattern",
        resources=[_grants(allow(["s3:GetObject"], "arn:aws:s3:::b/*"), deny("s3:Delete*"))],
    ),
    Case(
        rule="iam-actions-by-name",
        what="a pattern of actions, and NotAction",
        resources=[
            _grants(allow(["s3:Get*", "s3:PutObject"], "arn:aws:s3:::b/*")),
            _grants({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        ],
        says=[
            "statement for s3:Get*, s3:PutObject: given s3:Get*; allowed: actions by name",
            "statement for : given all but iam:*; allowed: actions by name",
        ],
    ),
    Case(
        rule="iam-resources-by-name",
        what="names, a pattern after a name, and actions that IAM can't limit to a name",
        resources=[
            _grants(
                allow("kinesis:PutRecords", _STREAM),
                allow("s3:GetObject", "arn:aws:s3:::bucket/releases/*"),
                allow("logs:PutLogEvents", f"arn:aws:logs:{PLACE}:log-group:one:*"),
                allow("sts:AssumeRole", "arn:aws:iam::222222222222:role/deployer"),
                allow("logs:DescribeLogGroups", "*"),
                allow("ec2:DescribeVpcAttribute", f"arn:aws:ec2:{PLACE}:vpc/*"),
                allow("ec2:DeleteNetworkInterface", _INTERFACES, Condition=_IN_ONE_SUBNET),
            )
        ],
    ),
    Case(
        rule="iam-resources-by-name",
        what="every network interface, without a condition on the subnet",
        resources=[_grants(allow("ec2:DeleteNetworkInterface", _INTERFACES))],
        says=[_wide("ec2:DeleteNetworkInterface", _INTERFACES, "ec2:DeleteNetworkInterface")],
    ),
    Case(
        rule="iam-resources-by-name",
        what="all resources, streams, regions or buckets, and NotResource",
        resources=[
            _grants(
                allow("kinesis:PutRecords", "*"),
                allow("kinesis:PutRecords", _ANY_STREAM),
                allow("kinesis:PutRecords", _ANY_REGION),
                allow(["s3:GetObject", "logs:DescribeLogGroups"], ["arn:aws:s3:::*"]),
                {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"},
            )
        ],
        says=[
            _wide("kinesis:PutRecords", "*", "kinesis:PutRecords"),
            _wide("kinesis:PutRecords", _ANY_STREAM, "kinesis:PutRecords"),
            _wide("kinesis:PutRecords", _ANY_REGION, "kinesis:PutRecords"),
            _wide("s3:GetObject, logs:DescribeLogGroups", "arn:aws:s3:::*", "s3:GetObject"),
            _wide("s3:GetObject", "all but arn:aws:s3:::b/*", "s3:GetObject"),
        ],
    ),
    Case(
        rule="iam-decrypts-with-named-keys",
        what="decryption with one key, and an action without decryption on all keys",
        resources=[
            _grants(
                allow("kms:Decrypt", f"arn:aws:kms:{PLACE}:key/one"),
                allow("kms:ListAliases", "*"),
            )
        ],
    ),
    Case(
        rule="iam-decrypts-with-named-keys",
        what="decryption with every key: by name, by a pattern, and by ReEncryptFrom",
        resources=[
            _grants(
                allow("kms:Decrypt", "*"),
                allow(["kms:De*"], f"arn:aws:kms:{PLACE}:key/*"),
                allow("KMS:ReEncryptFrom", "*"),
            )
        ],
        says=[
            "statement for kms:Decrypt: given kms:Decrypt on *",
            f"statement for kms:De*: given kms:De* on arn:aws:kms:{PLACE}:key/*",
            "statement for KMS:ReEncryptFrom: given KMS:ReEncryptFrom on *",
        ],
    ),
    Case(
        rule="iam-policy-fits",
        what="policies of different identities, white space, and a policy that isn't known yet",
        resources=[
            _long(INLINE[0], 10_200, role="one"),
            _long(INLINE[0], 10_200, role="two"),
            _long(INLINE[1], 2_000, user="one"),
            _long(INLINE[2], 5_000, group="one"),
            _long(POLICY, 6_100),
            one(POLICY, policy=" " * 7_000),
            one(POLICY, policy=None),
        ],
    ),
    Case(
        rule="iam-policy-fits",
        what="a managed policy, a user's, and two of one role that are too long together",
        resources=[
            _long(POLICY, 6_200),
            _long(INLINE[1], 2_100, user="one"),
            _long(INLINE[0], 10_200, role="one"),
            _long(INLINE[0], 200, role="one"),
        ],
        says=[
            "its policy: given 6,200 characters; allowed: 6,144, white space aside",
            "policies of user one: given 2,100 characters; allowed: 2,048, white space aside",
            "policies of role one: given 10,400 characters; allowed: 10,240, white space aside",
        ],
    ),
    Case(
        rule="iam-no-aws-managed-policy",
        what="a policy of this program",
        resources=[
            one(ATTACHMENTS[0], role="r", policyArn="arn:aws:iam::222222222222:policy/ours"),
            one(ROLE, managedPolicyArns=[]),
        ],
    ),
    Case(
        rule="iam-no-aws-managed-policy",
        what="policies managed by AWS, attached and in a role",
        resources=[
            one(ATTACHMENTS[0], role="r", policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            one(ROLE, managedPolicyArns=["arn:aws-cn:iam::aws:policy/Administrator"]),
        ],
        says=[
            "given arn:aws:iam::aws:policy/ReadOnlyAccess; allowed: a policy of this program",
            "given arn:aws-cn:iam::aws:policy/Administrator; allowed: a policy of this program",
        ],
    ),
)

CASES = (*KEY_CASES, *IDENTITY_CASES)

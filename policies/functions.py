"""What may stand beside a delivery: a Lambda function that transforms, a Glue catalog."""

from typing import Final

from policies.model import Level, Messages, Props, nested, resource_rule

FUNCTION: Final = "aws:lambda/function:Function"
PERMISSION: Final = "aws:lambda/permission:Permission"
CATALOG: Final = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"

RUNTIMES: Final = frozenset(
    {
        "dotnet10",
        "java11",
        "java17",
        "java21",
        "java25",
        "java8.al2",
        "nodejs22.x",
        "nodejs24.x",
        "provided.al2023",
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "ruby3.3",
        "ruby3.4",
    }
)
"""Runtimes that Lambda still patches in November 2026 (Lambda's table of runtimes)."""


@resource_rule(
    name="lambda-not-public",
    kinds=[PERMISSION],
    controls=["Lambda.1"],
    says="A function can be invoked by anyone, or for anyone: name the principal and its source",
    level=Level.MANDATORY,
    because="a stranger's call costs money and sees what the function answers",
)
def public(permission: Props) -> Messages:
    """Refuse everyone, and a service that does not say on whose behalf."""
    principal = permission.get("principal", "")
    sources = ("sourceArn", "sourceAccount", "principalOrgId")
    if principal == "*":
        yield "principal: given *; allowed: a service or an account"
    elif principal.endswith(".amazonaws.com") and not any(permission.get(one) for one in sources):
        yield f"{' or '.join(sources)}: given none, with principal {principal}"


@resource_rule(
    name="lambda-runtime-supported",
    kinds=[FUNCTION],
    controls=["Lambda.2"],
    says="A function runs on a runtime that gets no more patches: use a newer one",
    level=Level.MANDATORY,
    because="AWS lets no function on it be created or, later, be changed",
)
def runtime(function: Props) -> Messages:
    """Refuse what AWS has deprecated; an image brings its own."""
    given = function.get("runtime")
    if given and given not in RUNTIMES:
        yield f"runtime: given {given}; allowed: {', '.join(sorted(RUNTIMES))}"


@resource_rule(
    name="lambda-environment-encrypted",
    kinds=[FUNCTION],
    controls=["CKV_AWS_173"],
    says="A function's variables are not encrypted with a key of ours: set kms_key_arn",
    level=Level.MANDATORY,
    because="variables are where secrets end up",
)
def environment(function: Props) -> Messages:
    """Demand a key where there is something to encrypt."""
    if nested(function, "environment").get("variables") and not function.get("kmsKeyArn"):
        yield "kmsKeyArn: given none, with environment variables"


@resource_rule(
    name="glue-catalog-encrypted",
    kinds=[CATALOG],
    controls=["CKV_AWS_94"],
    says="The Glue catalog is not encrypted with a key of ours: set SSE-KMS, passwords as well",
    level=Level.MANDATORY,
    because=(
        "tables tell what the data is, connections how to reach it; a stack without the setting "
        "is not judged, as it is the account's"
    ),
)
def catalog(given: Props) -> Messages:
    """Demand encryption of metadata and of connection passwords."""
    settings = nested(given, "dataCatalogEncryptionSettings")
    rest = nested(settings, "encryptionAtRest")
    passwords = nested(settings, "connectionPasswordEncryption")
    modes = ("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE")
    if rest.get("catalogEncryptionMode") not in modes or not rest.get("sseAwsKmsKeyId"):
        yield f"encryptionAtRest: given {rest.get('catalogEncryptionMode')}; allowed: SSE-KMS, key"
    if not passwords.get("returnConnectionPasswordEncrypted"):
        yield "connectionPasswordEncryption.returnConnectionPasswordEncrypted: allowed: true"


RULES: Final = (public, runtime, environment, catalog)

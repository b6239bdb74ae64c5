"""Resources that a delivery may use: a Lambda function and a Glue catalog."""

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
"""Runtimes that Lambda patched in November 2026 (Lambda's table of runtimes)."""


@resource_rule(
    name="lambda-not-public",
    kinds=[PERMISSION],
    controls=["Lambda.1"],
    says="Anyone could invoke a function: name the principal and its source",
    level=Level.MANDATORY,
    because="a foreign call costs money and can read the function's answer",
)
def public(permission: Props) -> Messages:
    """Refuse `*`, and a service without the source for which it calls."""
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
    says="A function's runtime gets no patches any more: use a newer one",
    level=Level.MANDATORY,
    because="AWS refuses to create such a function, and later refuses to change it",
)
def runtime(function: Props) -> Messages:
    """Refuse runtimes that AWS has deprecated. A function from an image has its own runtime."""
    given = function.get("runtime")
    if given and given not in RUNTIMES:
        yield f"runtime: given {given}; allowed: {', '.join(sorted(RUNTIMES))}"


@resource_rule(
    name="lambda-environment-encrypted",
    kinds=[FUNCTION],
    controls=["CKV_AWS_173"],
    says="A function's variables are not encrypted with our own key: set kms_key_arn",
    level=Level.MANDATORY,
    because="variables often contain secrets",
)
def environment(function: Props) -> Messages:
    """Require a key if the function has environment variables."""
    if nested(function, "environment").get("variables") and not function.get("kmsKeyArn"):
        yield "kmsKeyArn: given none, with environment variables"


@resource_rule(
    name="glue-catalog-encrypted",
    kinds=[CATALOG],
    controls=["CKV_AWS_94"],
    says="The Glue catalog is not encrypted with our own key: set SSE-KMS, also for passwords",
    level=Level.MANDATORY,
    because=(
        "tables describe the data, and connections how to reach it; a stack without the setting is "
        "not checked, because it belongs to the account"
    ),
)
def catalog(given: Props) -> Messages:
    """Require encryption of metadata and of connection passwords."""
    settings = nested(given, "dataCatalogEncryptionSettings")
    rest = nested(settings, "encryptionAtRest")
    passwords = nested(settings, "connectionPasswordEncryption")
    modes = ("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE")
    if rest.get("catalogEncryptionMode") not in modes or not rest.get("sseAwsKmsKeyId"):
        yield f"encryptionAtRest: given {rest.get('catalogEncryptionMode')}; allowed: SSE-KMS, key"
    if not passwords.get("returnConnectionPasswordEncrypted"):
        yield "connectionPasswordEncryption.returnConnectionPasswordEncrypted: allowed: true"


RULES: Final = (public, runtime, environment, catalog)

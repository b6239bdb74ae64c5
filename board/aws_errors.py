"""The reason of a failed AWS call in one line for a person."""

from typing import Final

from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from common.errors import UserError, code_of, one_line

_HELP: Final = {
    "AccessDenied": "the credentials may not read it",
    "AccessDeniedException": "the credentials may not read it",
    "ExpiredToken": "the credentials have expired; sign in again",
    "ExpiredTokenException": "the credentials have expired; sign in again",
    "InvalidClientTokenId": "the credentials are unknown there; check account and profile",
    "InvalidSignatureException": "the credentials are wrong; check the secret key and this clock",
    "NoSuchBucket": "it does not exist",
    "ProvisionedThroughputExceededException": "too many readers; the board tries again",
    "ResourceNotFound": "it does not exist",
    "ResourceNotFoundException": "it does not exist",
    "SignatureDoesNotMatch": "the credentials are wrong; check the secret key and this clock",
    "UnrecognizedClientException": "the credentials are unknown there; check account and profile",
}


def explain(error: Exception) -> str:
    """Return in one line why a part can't be read."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "no AWS credentials: set AWS_PROFILE, or sign in"
    if isinstance(error, ProfileNotFound):
        return one_line(error)
    if isinstance(error, ClientError):
        code = code_of(error)
        return f"{_HELP.get(code, 'the call was refused')} ({error.operation_name}: {code})"
    if isinstance(error, BotoConnectionError | HTTPClientError):
        return "no answer; check that the service runs, and the network"
    return f"{type(error).__name__}: {one_line(error)}"

"""Errors of calls to AWS: whether to try again, and a message of one line for the user."""

from typing import Final

from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from common.errors import code_of, one_line
from simulator.errors import SimulatorError

THROTTLES: Final = frozenset(
    {
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
    }
)
"""Error codes that mean "send less", for an entry or for a whole request."""

_SERVER_ERROR: Final = 500

_HELP: Final = {
    "ResourceNotFoundException": "it does not exist; deploy the stack, or read its newest outputs",
    "AccessDeniedException": "the credentials may not put records; kinesis:PutRecords is needed",
    "KMSAccessDeniedException": "the credentials may not use its key: kms:GenerateDataKey",
    "ExpiredTokenException": "the credentials have expired; sign in again",
    "UnrecognizedClientException": "the credentials are unknown there; check account and profile",
    "InvalidSignatureException": "the secret key or the clock is wrong; check both",
}


def is_unreachable(error: Exception) -> bool:
    """Tell whether no answer came. The same request may then be sent again."""
    return isinstance(error, BotoConnectionError | HTTPClientError)


def is_retryable(error: Exception) -> bool:
    """Tell whether another attempt at the same request can succeed."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in THROTTLES or status >= _SERVER_ERROR
    return is_unreachable(error)


def explain(error: Exception, stream: str) -> SimulatorError:
    """Turn an error from botocore into a message of one line about this stream."""
    text = one_line(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        problem = (
            "no AWS credentials found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY"
        )
    elif isinstance(error, ClientError):
        code = code_of(error)
        message = one_line(error.response.get("Error", {}).get("Message", ""))
        problem = f"{_HELP.get(code, 'the request was refused')} ({code}: {message})"
    elif is_unreachable(error):
        problem = f"its endpoint can't be reached; check that it runs, and the network ({text})"
    else:
        problem = f"the AWS client can't be made ({text})"
    return SimulatorError(f"stream {stream}", problem)

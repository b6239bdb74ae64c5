"""Tokens as GitHub issues them to a workflow's job."""

import base64
import json


def token(subject: str, audience: str = "sts.amazonaws.com", repository_id: int = 2002) -> str:
    """Give a token. The emulator reads it and doesn't check its signature."""
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "sub": subject,
        "aud": audience,
        "repository_id": str(repository_id),
    }
    parts = ({"alg": "RS256"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(text.rstrip("=") for text in texts), "c2lnbmVk"])

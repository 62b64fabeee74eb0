"""Operators' tokens: made by whoever has the installation, which keeps their digests alone."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from cliply.errors import ErrorCode, NotAuthenticated

PREFIX = "cliply_operator_"
TOKEN_BYTES = 32
"""Of random, so that a plain digest can not be guessed from."""

DIGEST = re.compile(r"[0-9a-f]{64}")
SHOWN = 8
"""How much of a digest names an operator in the audit log."""


@dataclass(frozen=True)
class OperatorToken:
    """A new token; it is kept nowhere."""

    token: str
    digest: str
    """What belongs into OPERATOR_TOKENS: SHA-256, hexadecimal."""


def make_operator_token() -> OperatorToken:
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    return OperatorToken(token, digest_of(token))


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def name_operator(token: str, digests: Collection[str]) -> str:
    """How the operator of this token is called: how its digest begins.

    Raises NotAuthenticated (TOKEN_INVALID) for a token that is not one of them, so also for
    one of a tenant.
    """
    given = digest_of(token)
    if not any([hmac.compare_digest(given, digest) for digest in digests]):
        raise NotAuthenticated(
            "This is no operator's token; `cliply operator-token` makes one.",
            ErrorCode.token_invalid,
        )
    return given[:SHOWN]

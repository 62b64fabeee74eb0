"""Signed links: they let in whoever has them, to one thing, until they expire."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import SecretStr

from cliply.errors import ErrorCode, NotAllowed

LIFETIME_S = 3600
"""SEC-3."""


def sign_link(
    secret: SecretStr, path: str, *, lifetime_s: int = LIFETIME_S, **bound: str | int
) -> str:
    """The path with its query: what is `bound` to it, when it expires, and the signature."""
    query = {name: str(value) for name, value in sorted(bound.items())}
    query["expires"] = str(int(time.time()) + lifetime_s)
    return f"{path}?{urlencode({**query, 'signature': _signature(secret, path, query)})}"


def check_link(secret: SecretStr, path: str, query: Mapping[str, str]) -> dict[str, str]:
    """What is bound to the link. Raises NotAllowed (SIGNATURE_INVALID), also when it expired."""
    signed = {name: value for name, value in query.items() if name != "signature"}
    given, expected = query.get("signature", ""), _signature(secret, path, signed)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotAllowed("This link was changed; get a new one.", ErrorCode.signature_invalid)
    if int(signed.get("expires", "0")) < time.time():
        raise NotAllowed("This link has expired; get a new one.", ErrorCode.signature_invalid)
    return {name: value for name, value in signed.items() if name != "expires"}


def _signature(secret: SecretStr, path: str, query: Mapping[str, str]) -> str:
    content = f"link\n{path}\n{urlencode(sorted(query.items()))}".encode()
    return hmac.new(secret.get_secret_value().encode(), content, hashlib.sha256).hexdigest()

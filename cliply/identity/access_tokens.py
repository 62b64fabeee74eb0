"""Access tokens: signed, good for 15 minutes, checked without the database."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr

from cliply.domain.ids import UserId
from cliply.errors import ErrorCode, NotAuthenticated

LIFETIME_S = 15 * 60
ALGORITHM = "HS256"
"""The only one: a token that names another, or none, is refused."""

ISSUER = "cliply"
LEAST_SECRET_BYTES = 32
VERIFIED = 4096
"""Good tokens that are known again without their signature being computed, which takes 0.4 ms."""


@dataclass(frozen=True)
class SigningKey:
    """A secret and the name (`kid`) that tokens signed with it carry."""

    kid: str
    secret: SecretStr


class AccessTokens:
    """Issues with the first key and reads with all of them, so that keys can be rotated."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        """Raises ValueError without keys, for two of one name and for a short secret."""
        self._keys = {key.kid: _as_jwk(key) for key in keys}
        if not keys or len(self._keys) < len(keys):
            raise ValueError("signing keys need to be there and to have names of their own")
        self._first = keys[0].kid
        self._verified = lru_cache(VERIFIED)(self._verify)

    def issue(self, user_id: UserId, *, session_id: UUID) -> str:
        """A token for one user; `session_id` is the family of its refresh token."""
        now_s = int(time.time())
        header = {"alg": ALGORITHM, "kid": self._first, "typ": "at+jwt"}
        claims = {
            "iss": ISSUER,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now_s,
            "exp": now_s + LIFETIME_S,
        }
        return jwt.encode(header, claims, self._keys[self._first], algorithms=[ALGORITHM])

    def read(self, token: str) -> UserId:
        """Whose it is. Raises NotAuthenticated (TOKEN_EXPIRED, TOKEN_INVALID)."""
        user_id, expires_s = self._verified(token)
        if time.time() >= expires_s:
            raise NotAuthenticated(
                "The access token has expired; get a new one with the refresh token.",
                ErrorCode.token_expired,
            )
        return user_id

    def expiry(self, token: str) -> int:
        """When it expires, in seconds of Unix time. Raises NotAuthenticated (TOKEN_INVALID)."""
        return self._verified(token)[1]

    def _verify(self, token: str) -> tuple[UserId, int]:
        """Whose it is, and until when in seconds."""
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            claims = decoded.claims
            if decoded.header.get("typ") != "at+jwt" or claims["iss"] != ISSUER:
                raise _invalid()
            return UserId(UUID(claims["sub"])), int(claims["exp"])
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise _invalid() from None

    def _key_of(self, token: object) -> OctKey:
        headers = token.headers() if hasattr(token, "headers") else {}
        found = self._keys.get(str(headers.get("kid")))
        if found is None:
            raise _invalid()
        return found


def _as_jwk(key: SigningKey) -> OctKey:
    secret = key.secret.get_secret_value()
    if len(secret.encode()) < LEAST_SECRET_BYTES:
        raise ValueError(f"the signing key {key.kid} needs {LEAST_SECRET_BYTES} bytes at least")
    return OctKey.import_key(secret, {"kid": key.kid})


def _invalid() -> NotAuthenticated:
    return NotAuthenticated(
        "The access token is not one of ours or was changed; sign in again.",
        ErrorCode.token_invalid,
    )

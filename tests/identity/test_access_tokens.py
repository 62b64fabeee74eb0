"""Access tokens: ours, whole and fresh, or refused."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from cliply.domain.ids import UserId
from cliply.errors import NotAuthenticated
from cliply.identity.access_tokens import LIFETIME_S, AccessTokens, SigningKey

SECRET = "the-first-secret-of-the-tests-0001"
OTHER = "another-secret-of-the-tests-000002"
USER = UserId(UUID("00000000-0000-4000-8000-000000000001"))


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens([SigningKey("k1", SecretStr(SECRET))])


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed(secret: bytes = SECRET.encode(), *, drop: str | None = None, **changes: Any) -> str:
    """A token made by hand, like ours but for the changes; `drop` leaves a claim out."""
    now_s = int(time.time())
    header = {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    claims = {"iss": "cliply", "sub": str(USER), "iat": now_s, "exp": now_s + 900}
    header |= {name: value for name, value in changes.items() if name in header}
    claims |= {name: value for name, value in changes.items() if name in claims}
    claims.pop(drop or "", None)
    content = f"{packed(header)}.{packed(claims)}"
    digest = hmac.new(secret, content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def code(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(NotAuthenticated) as refused:
        tokens.read(token)
    assert token[:20] not in refused.value.message or not token
    return refused.value.code


def test_a_token_is_read_by_who_has_its_key(tokens: AccessTokens) -> None:
    token = tokens.issue(USER, session_id=uuid4())
    assert tokens.read(token) == USER
    assert tokens.read(signed()) == USER
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == LIFETIME_S == 900


def test_an_expired_token_is_told_apart(tokens: AccessTokens) -> None:
    assert code(tokens, signed(exp=int(time.time()))) == "TOKEN_EXPIRED"
    assert code(tokens, signed(exp=0)) == "TOKEN_EXPIRED"
    assert tokens.read(signed(exp=int(time.time()) + 5)) == USER


def test_forged_tokens_are_refused(tokens: AccessTokens) -> None:
    header, claims, signature = signed().split(".")
    other = packed({"iss": "cliply", "sub": str(uuid4()), "exp": int(time.time()) + 900})
    unsigned = packed({"alg": "none", "kid": "k1", "typ": "at+jwt"})
    forged = {
        "another secret": signed(OTHER.encode()),
        "changed claims": f"{header}.{other}.{signature}",
        "no signature": f"{header}.{claims}.",
        "alg none": f"{unsigned}.{claims}.",
        "alg none, signed": f"{unsigned}.{claims}.{signature}",
        "alg None": signed(alg="None"),
        "another alg": signed(alg="HS512"),
        "an RSA alg": signed(alg="RS256"),
        "unknown kid": signed(kid="k2"),
        "kid of a file": signed(kid="../../dev/null"),
        "kid of SQL": signed(kid="k1' or '1'='1"),
        "no kid": signed(kid=None),
        "a list as kid": signed(kid=["k1"]),
        "another typ": signed(typ="JWT"),
        "a refresh typ": signed(typ="rt+jwt"),
        "no typ": signed(typ=None),
        "another issuer": signed(iss="somebody"),
        "no issuer": signed(drop="iss"),
        "no subject": signed(drop="sub"),
        "no expiry": signed(drop="exp"),
        "expiry of text": signed(exp="never"),
        "endless": signed(exp=float("inf")),
        "no number": signed(exp=float("nan")),
        "a subject of text": signed(sub="admin"),
        "a number as subject": signed(sub=1),
        "nothing": "",
        "dots": "..",
        "words": "let me in",
        "not ASCII": "ä.ö.ü",
        "a surrogate": "\ud800.a.b",
        "a lot": "a" * 100_000,
        "more parts": f"{signed()}.{signature}",
        "claims that are no object": f"{header}.{packed([1])}.{signature}",
    }
    assert {name: code(tokens, token) for name, token in forged.items()} == dict.fromkeys(
        forged, "TOKEN_INVALID"
    )


def test_a_token_signed_with_a_public_key_as_secret_is_refused(tokens: AccessTokens) -> None:
    """The confusion of RS256 with HS256, both ways around."""
    private = rsa.generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"iss": "cliply", "sub": str(USER), "exp": int(time.time()) + 900}
    header = {"alg": "RS256", "kid": "k1", "typ": "at+jwt"}
    key = RSAKey.import_key(private)
    assert code(tokens, jwt.encode(header, claims, key, algorithms=["RS256"])) == "TOKEN_INVALID"
    assert code(tokens, signed(public)) == "TOKEN_INVALID"


def test_keys_are_rotated_without_signing_anybody_out() -> None:
    old, new = SigningKey("k1", SecretStr(SECRET)), SigningKey("k2", SecretStr(OTHER))
    before = AccessTokens([old]).issue(USER, session_id=uuid4())
    rotated = AccessTokens([new, old])
    after = rotated.issue(USER, session_id=uuid4())
    assert rotated.read(before) == rotated.read(after) == USER
    assert AccessTokens([new]).read(after) == USER
    assert code(AccessTokens([new]), before) == "TOKEN_INVALID"


@pytest.mark.parametrize("kids", [(), ("k1", "k1")])
def test_keys_need_names_of_their_own(kids: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="names of their own"):
        AccessTokens([SigningKey(kid, SecretStr(SECRET)) for kid in kids])


def test_a_short_key_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="k1 needs 32 bytes") as refused:
        AccessTokens([SigningKey("k1", SecretStr("hunter2"))])
    assert "hunter2" not in str(refused.value)

"""Sealing: a secret that has to be stored for a while, readable with the installation's key."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from cliply.errors import ErrorCode, NotAllowed


def seal(key: SecretStr, secret: str) -> str:
    """The secret as ASCII text that tells nothing of it but its length (AES-128, HMAC)."""
    return _fernet(key).encrypt(secret.encode()).decode()


def unseal(key: SecretStr, sealed: str) -> str:
    """What was sealed. Raises NotAllowed (SIGNATURE_INVALID) for another key or content."""
    try:
        return _fernet(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise NotAllowed(
            "The stored secret can not be read any more; make a new one.",
            ErrorCode.signature_invalid,
        ) from None


def _fernet(key: SecretStr) -> Fernet:
    """A key of its own for this purpose (HKDF, RFC 5869)."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"cliply sealed answers")
    secret = derived.derive(key.get_secret_value().encode())
    return Fernet(base64.urlsafe_b64encode(secret))

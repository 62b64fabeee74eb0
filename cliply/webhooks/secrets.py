"""Secrets that deliveries are signed with: made here, kept encrypted."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from cliply.domain.ids import SubscriptionId
from cliply.errors import SettingsError

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""
NONCE_BYTES = 12


def new_secret() -> SecretStr:
    """`whsec_` and 32 random bytes in base64, as the receivers' libraries read it."""
    return SecretStr(PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode())


def seal(key: SecretStr, subscription_id: SubscriptionId, secret: SecretStr) -> str:
    """The secret as it is stored: good for this subscription and no other."""
    nonce = os.urandom(NONCE_BYTES)
    plain = secret.get_secret_value().encode()
    sealed = _cipher(key).encrypt(nonce, plain, subscription_id.bytes)
    return base64.b64encode(nonce + sealed).decode()


def unseal(key: SecretStr, subscription_id: SubscriptionId, sealed: str) -> SecretStr:
    """Raises SettingsError when it was sealed under another key."""
    content = base64.b64decode(sealed)
    try:
        plain = _cipher(key).decrypt(
            content[:NONCE_BYTES], content[NONCE_BYTES:], subscription_id.bytes
        )
    except InvalidTag:
        raise SettingsError(
            f"The secret of webhook subscription {subscription_id} was encrypted under another "
            "SECRET_KEY; put the former one back, or rotate the secret."
        ) from None
    return SecretStr(plain.decode())


def _cipher(key: SecretStr) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"cliply webhook secrets")
    return AESGCM(derived.derive(key.get_secret_value().encode()))

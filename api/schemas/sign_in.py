"""Registering and signing in on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from api.schemas.base import Name, Schema
from api.schemas.me import UserAnswer
from api.schemas.workspaces import WorkspaceAnswer
from cliply.identity.access_tokens import LIFETIME_S
from cliply.identity.passwords import LEAST_LENGTH
from cliply.identity.sign_in import Tokens

EmailText = Annotated[str, Field(max_length=320, examples=["ada@example.com"])]
Password = Annotated[SecretStr, Field(max_length=1000, examples=["correct horse battery staple"])]
SecretToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z0-9_-]+$",
        examples=["3Lx0hBqkYw0bq2nQ1m7eYV0xTn4uEo9aZ6s8cR5pKjI"],
    ),
]


class NewAccount(Schema):
    """Who wants an account."""

    email: EmailText
    password: Password = Field(
        description=f"{LEAST_LENGTH} characters at least, and none of the usual ones."
    )
    name: Name | None = Field(None, examples=["Ada"])
    invitation: SecretToken | None = Field(
        None, description="The token of an invitation's mail; it is accepted with this."
    )


class Credentials(Schema):
    """Who somebody says they are."""

    email: EmailText
    password: Password


class RefreshWish(Schema):
    """A refresh token, which is good once."""

    refresh_token: SecretToken


class VerifyWish(Schema):
    """What the mail after the registration carries."""

    token: SecretToken


class ForgotWish(Schema):
    """Whose password was forgotten."""

    email: EmailText


class ResetWish(Schema):
    """What the mail carries, and the new password."""

    token: SecretToken
    password: Password


class TokensAnswer(Schema):
    """What to sign requests with, and to get the next of these with."""

    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in_s: int = Field(description="Seconds that the access token is good.", examples=[900])
    refresh_token: str = Field(
        description="Good once: a second use ends the whole sign-in, because one of the two "
        "users of it has stolen it."
    )
    refresh_expires_at: datetime

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensAnswer":
        return cls(
            access_token=tokens.access_token,
            expires_in_s=LIFETIME_S,
            refresh_token=tokens.refresh_token,
            refresh_expires_at=tokens.refresh_expires_at,
        )


class RegisteredAnswer(Schema):
    """A new account, signed in, with a workspace of its own."""

    user: UserAnswer
    workspace: WorkspaceAnswer
    tokens: TokensAnswer


class TakenAnswer(Schema):
    """What is said whether or not there is such an account."""

    message: str = Field(
        examples=["If there is an account with this address, a mail is on its way."]
    )

"""Mails: short texts with a link, and who sends them."""

import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import urlencode

from pydantic import SecretStr

from cliply.errors import ErrorCode, Unavailable

TIMEOUT_S = 15
TLS_PORT = 465
"""Where TLS begins before the first word (RFC 8314)."""


@dataclass(frozen=True)
class Mail:
    """A text for one reader."""

    to: str
    """An address as `normalise_email` gives it."""
    subject: str
    text: str


class MailSender(Protocol):
    """Hands mails on."""

    def send(self, mail: Mail) -> None:
        """Raises Unavailable (DELIVERY_FAILED) when it was not taken."""


class ConsoleMail:
    """Prints mails, for an installation on one's own machine."""

    def send(self, mail: Mail) -> None:
        sys.stdout.write(f"\nMail to {mail.to}: {mail.subject}\n{mail.text}\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class SmtpMail:
    """Hands mails to a server, over TLS unless it offers none and wants no password."""

    host: str
    port: int
    sender: str
    """`Name <address>`."""
    user: str | None = None
    password: SecretStr | None = None

    def send(self, mail: Mail) -> None:
        try:
            with self._connected() as server:
                server.send_message(_composed(mail, self.sender))
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(
                ErrorCode.delivery_failed,
                f"The mail server {self.host}:{self.port} did not take a mail "
                f"({type(error).__name__}); check SMTP_HOST, SMTP_PORT and the account.",
            ) from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.port == TLS_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            self._sign_in(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _sign_in(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """A password never goes over a line that others can read: then TLS has to be there."""
        server.ehlo()
        is_open = self.port != TLS_PORT
        if is_open and (self.user is not None or server.has_extn("starttls")):
            server.starttls(context=context)
            server.ehlo()
        if self.user is not None:
            server.login(self.user, self.password.get_secret_value() if self.password else "")


def _composed(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip("> ") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def verification(to: str, base_url: str, token: str) -> Mail:
    return Mail(
        to,
        "Confirm your e-mail address",
        f"Somebody made a Cliply account with this address. If it was you, confirm it:\n\n"
        f"{_link(base_url, 'verify', token)}\n\nOtherwise leave this mail alone.\n",
    )


def password_reset(to: str, base_url: str, token: str) -> Mail:
    return Mail(
        to,
        "Choose a new password",
        f"Somebody asked for a new password of your Cliply account. To choose one:\n\n"
        f"{_link(base_url, 'reset', token)}\n\nThe link is good for an hour. If it was not you, "
        f"leave this mail alone: nothing has changed.\n",
    )


def invitation(to: str, base_url: str, token: str, workspace: str) -> Mail:
    return Mail(
        to,
        "You are invited to a workspace",
        f"You are invited to the workspace “{workspace}” on Cliply. To join it:\n\n"
        f"{_link(base_url, 'invitation', token)}\n\nThe link is good for a week.\n",
    )


def _link(base_url: str, page: str, token: str) -> str:
    """The token stands behind `#`, which browsers send to no server and to no other page."""
    return f"{base_url}/{page}#{urlencode({'token': token})}"

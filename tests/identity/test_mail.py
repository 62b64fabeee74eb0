"""Mails: composed without tricks, and handed to a real server on this machine."""

import base64
import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from threading import Thread

import pytest
from pydantic import SecretStr

from cliply.errors import Unavailable
from cliply.identity.mail import (
    ConsoleMail,
    Mail,
    SmtpMail,
    invitation,
    password_reset,
    verification,
)


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails as RFC 5321 says, without TLS; keeps what was said and sent."""

    allow_reuse_address = True

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.refuses = refuses
        self.said: list[str] = []
        self.taken: list[bytes] = []


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, MailServer)
        self._answer("220 here")
        while line := self.rfile.readline().decode().strip():
            server.said.append(line)
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._answer("354 go on")
                server.taken.append(self._content())
            if verb == "RCPT" and server.refuses:
                self._answer("550 nobody")
            else:
                self._answer("221 bye" if verb == "QUIT" else "250 fine")
            if verb == "QUIT":
                return

    def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def listening(server: MailServer) -> Iterator[int]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_mail_reaches_the_server_as_it_was_written() -> None:
    server = MailServer()
    mail = verification("ada@xn--bcher-kva.de", "https://clips.example.com", "to_ken-1")
    with listening(server) as port:
        SmtpMail("127.0.0.1", port, "Cliply <no-reply@example.com>").send(mail)
    message = message_from_bytes(server.taken[0], policy=policy.default)
    assert message["to"] == "ada@xn--bcher-kva.de"
    assert message["from"] == "Cliply <no-reply@example.com>"
    assert message["message-id"].endswith("@example.com>")
    assert "https://clips.example.com/verify#token=to_ken-1" in message.get_content()
    assert "mail FROM:<no-reply@example.com>" in server.said


def test_a_name_of_a_workspace_adds_no_header() -> None:
    server = MailServer()
    mail = invitation("ada@example.com", "https://x", "t", "Hive\r\nBcc: all@example.com\r\n\r\nHi")
    with listening(server) as port:
        SmtpMail("127.0.0.1", port, "no-reply@example.com").send(mail)
    message = message_from_bytes(server.taken[0], policy=policy.default)
    assert message["bcc"] is None
    assert [line for line in server.said if line.startswith("rcpt") or "RCPT" in line] == [
        "rcpt TO:<ada@example.com>"
    ]


def test_a_password_never_goes_over_an_open_line() -> None:
    server = MailServer()
    with listening(server) as port:
        sender = SmtpMail("127.0.0.1", port, "a@example.com", "me", SecretStr("hunter2"))
        with pytest.raises(Unavailable) as failed:
            sender.send(Mail("ada@example.com", "s", "t"))
    told = "\n".join(server.said)
    assert not re.search("AUTH|hunter2|" + base64.b64encode(b"hunter2").decode(), told)
    assert "hunter2" not in failed.value.message + repr(sender)


def test_a_server_that_refuses_or_is_not_there_is_told() -> None:
    server = MailServer(refuses=True)
    with listening(server) as port:
        sender = SmtpMail("127.0.0.1", port, "a@example.com")
        for _ in range(2):
            with pytest.raises(Unavailable, match="did not take"):
                sender.send(Mail("ada@example.com", "s", "t"))
    with pytest.raises(Unavailable) as failed:
        sender.send(Mail("ada@example.com", "s", "t"))
    assert failed.value.code == "DELIVERY_FAILED"


def test_the_console_prints_the_link(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleMail().send(password_reset("ada@example.com", "http://127.0.0.1:8080", "abc"))
    told = capsys.readouterr().out
    assert "Mail to ada@example.com" in told
    assert "http://127.0.0.1:8080/reset#token=abc" in told

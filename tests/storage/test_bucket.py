"""What is asked of a bucket, seen by a server that is strict about it."""

from http.server import BaseHTTPRequestHandler

import pytest

from cliply.errors import Conflict, NotFound, SettingsError, Unavailable
from cliply.storage.bucket import Bucket
from tests.local_server import served

COPIED = b"<CopyObjectResult><ETag>&quot;v1&quot;</ETag></CopyObjectResult>"


class Strict(BaseHTTPRequestHandler):
    """Copies one version of one object; other objects show how a store fails."""

    def do_PUT(self) -> None:
        if not self.headers.get("x-amz-copy-source", "").endswith("/in/a.mp4"):
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif self.headers.get("x-amz-copy-source-if-match") != '"v1"':
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        else:
            self._answer(200, COPIED)

    def do_POST(self) -> None:
        self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")

    def do_DELETE(self) -> None:
        self._answer(400, b"<Error><Code>Odd</Code></Error>")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests read answers, not logs."""


def opened(endpoint: str) -> Bucket:
    return Bucket(
        "films",
        "/in/",
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="key",
        secret_access_key="secret",
    )


def test_only_the_version_that_was_seen_is_copied() -> None:
    with served(Strict) as endpoint:
        bucket = opened(endpoint)
        bucket.copy("a.mp4", "b.mp4", only='"v1"')
        with pytest.raises(Conflict):
            bucket.copy("a.mp4", "b.mp4", only='"v2"')
        with pytest.raises(NotFound):
            bucket.copy("none.mp4", "b.mp4", only='"v1"')


def test_a_store_that_refuses_us_is_the_operators_matter() -> None:
    with served(Strict) as endpoint, pytest.raises(SettingsError):
        opened(endpoint).begin("a.mp4", "video/mp4")


def test_a_store_that_fails_can_be_asked_again() -> None:
    with served(Strict) as endpoint, pytest.raises(Unavailable):
        opened(endpoint).abort("a.mp4", "an-upload")


def test_a_form_can_not_be_signed_without_credentials_of_ours() -> None:
    bucket = opened("http://127.0.0.1:1")
    first = bucket.form("a.mp4", size_bytes=1, content_type="video/mp4", expires_s=60)
    other = Bucket(
        "films", "in", endpoint="http://127.0.0.1:1", region="us-east-1",
        access_key_id="key", secret_access_key="another",
    ).form("a.mp4", size_bytes=1, content_type="video/mp4", expires_s=60)  # fmt: skip
    assert first.fields["key"] == "in/a.mp4"
    assert first.fields["x-amz-signature"] != other.fields["x-amz-signature"]

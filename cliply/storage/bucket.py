"""What goes between a client and an S3 bucket without us: signed forms, parts and links."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any
from urllib.parse import quote

from cliply.errors import Conflict, ErrorCode, NotFound, SettingsError, Unavailable

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60
REFUSED = {401, 403}

MAX_PARTS = 10_000
"""Of one upload in S3."""


@dataclass(frozen=True)
class Form:
    """A form that a client posts together with the file, whose field `file` comes last."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Part:
    """One part of an upload that has arrived."""

    number: int
    """From 1."""
    size_bytes: int
    etag: str


class Bucket:
    """Signs what clients may do with single objects of an S3 bucket; moves no bytes itself.

    Signing needs no connection, but credentials. Every method raises SettingsError without
    them or when the store refuses them, Unavailable when it does not answer, and NotFound
    for an upload in parts that is not, or no longer, there.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
    ) -> None:
        self._name = name
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint = endpoint
        self._region = region
        self._credentials = (access_key_id, secret_access_key)
        self._lock = Lock()

    def form(self, key: str, *, size_bytes: int, content_type: str, expires_s: int) -> Form:
        """A form that takes exactly so many bytes of exactly this type (ING-3)."""
        with _failures(key):
            signed = self._client.generate_presigned_post(
                self._name,
                self._prefix + key,
                Fields={"Content-Type": content_type},
                Conditions=[
                    {"Content-Type": content_type},
                    ["content-length-range", size_bytes, size_bytes],
                ],
                ExpiresIn=expires_s,
            )
        return Form(signed["url"], signed["fields"])

    def begin(self, key: str, content_type: str) -> str:
        """Begin an upload in parts; the store's name for it."""
        with _failures(key):
            answer = self._client.create_multipart_upload(
                **self._object(key), ContentType=content_type
            )
            return str(answer["UploadId"])

    def part_url(
        self, key: str, multipart_id: str, number: int, *, size_bytes: int, expires_s: int
    ) -> str:
        """A link to PUT one part of exactly so many bytes to."""
        asked = {
            **self._object(key),
            "UploadId": multipart_id,
            "PartNumber": number,
            "ContentLength": size_bytes,
        }
        return self._signed("upload_part", asked, expires_s)

    def parts(self, key: str, multipart_id: str) -> list[Part]:
        """The parts that have arrived, by number. Raises NotFound."""
        with _failures(key):
            pages = self._client.get_paginator("list_parts").paginate(
                **self._object(key), UploadId=multipart_id
            )
            return [
                Part(part["PartNumber"], part["Size"], part["ETag"])
                for page in pages
                for part in page.get("Parts", ())
            ]

    def complete(self, key: str, multipart_id: str, parts: Sequence[Part]) -> None:
        """Make one object of the parts. Raises NotFound."""
        listed = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        with _failures(key):
            self._client.complete_multipart_upload(
                **self._object(key), UploadId=multipart_id, MultipartUpload={"Parts": listed}
            )

    def abort(self, key: str, multipart_id: str) -> None:
        """Forget an upload in parts; one that is not there is no error."""
        try:
            with _failures(key):
                self._client.abort_multipart_upload(**self._object(key), UploadId=multipart_id)
        except NotFound:
            return

    def abort_before(self, moment: datetime) -> int:
        """Forget all uploads in parts that were begun before; how many."""
        with _failures("uploads in parts"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._name, Prefix=self._prefix
            )
            old = [
                (str(one["Key"]), str(one["UploadId"]))
                for page in pages
                for one in page.get("Uploads", ())
                if one["Initiated"] < moment
            ]
        for key, multipart_id in old:
            self.abort(key.removeprefix(self._prefix), multipart_id)
        return len(old)

    def copy(self, key: str, target: str, *, only: str) -> None:
        """Copy an object within the bucket if it still has this entity tag, up to 5 GB.

        Raises NotFound, and Conflict when it has been replaced.
        """
        with _failures(key):
            self._client.copy_object(
                **self._object(target), CopySource=self._object(key), CopySourceIfMatch=only
            )

    def link(self, key: str, *, file_name: str, expires_s: int) -> str:
        """A link to download an object, saved under the given name."""
        asked = {**self._object(key), "ResponseContentDisposition": disposition(file_name)}
        return self._signed("get_object", asked, expires_s)

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": self._prefix + key}

    def _signed(self, operation: str, asked: dict[str, Any], expires_s: int) -> str:
        with _failures(asked["Key"]):
            link = self._client.generate_presigned_url(operation, Params=asked, ExpiresIn=expires_s)
        return str(link)

    @property
    def _client(self) -> Any:
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> Any:
        import boto3  # 0.3 s, for those who use a bucket
        from botocore.config import Config  # type: ignore[import-untyped]

        access_key_id, secret_access_key = self._credentials
        addressing = "path" if self._endpoint else "virtual"
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._endpoint,
            region_name=self._region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": addressing},
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"total_max_attempts": 4, "mode": "standard"},
                # A checksum in a signed link would have to be known before the bytes are.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


def disposition(file_name: str) -> str:
    """`Content-Disposition` of a download (RFC 6266): the name in ASCII, and as it is."""
    plain = "".join(char if _is_plain(char) else "_" for char in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isprintable() and char not in '"\\/%'


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Turn what the client raises into our errors."""
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
        NoCredentialsError,
    )

    try:
        yield
    except NoCredentialsError as error:
        raise _refused(what) from error
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in REFUSED:
            raise _refused(what) from error
        reason = error.response.get("Error", {}).get("Code", "unknown")
        if status == 404:
            raise NotFound(f"The object store has no {what} ({reason}).") from error
        if status == 412:
            raise Conflict(f"Object {what} has been replaced; begin again.") from error
        raise _unreachable(what, str(reason)) from error
    except BotoCoreError as error:
        raise _unreachable(what, type(error).__name__) from error


def _refused(what: str) -> SettingsError:
    return SettingsError(
        f"The object store refused access to {what}; check its credentials and policy."
    )


def _unreachable(what: str, reason: str) -> Unavailable:
    return Unavailable(
        ErrorCode.storage_unavailable,
        f"The object store did not serve {what} ({reason}). "
        "Try again; `cliply doctor` tells whether it answers.",
    )

"""Objects by key, in a local folder or a bucket."""

import errno
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store, from_url

from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import CliplyError, Conflict, ErrorCode, NotFound, SettingsError, Unavailable
from cliply.storage.bucket import Bucket
from cliply.storage.files import copy_file, whole_file, write_all, write_file
from cliply.storage.partial import MARK
from cliply.storage.ranges import StoredFile

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config
    from obstore.store import ObjectStore as Client

KEY = re.compile(r"[A-Za-z0-9_~=-][A-Za-z0-9._~=-]*(/[A-Za-z0-9_~=-][A-Za-z0-9._~=-]*)*")
REMOTE_SCHEMES = ("s3", "gs", "az")
PART_BYTES = 8 * 1024 * 1024
"""S3 takes 10,000 parts, so objects of up to 80 GB."""
PARALLEL_PARTS = 4
FULL = {errno.ENOSPC, errno.EDQUOT}

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}

CLIENT: "ClientConfig" = {"connect_timeout": "5s", "timeout": "60s"}
RETRY: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}


class ObjectStore:
    """The objects under one URL: `file:///folder`, `s3://bucket/prefix`, `gs://…`, `az://…`.

    Objects are never half visible: a reader sees the former content or the new one.
    Every method raises Unavailable when the store does not answer (`STORAGE_UNAVAILABLE`)
    or is full (`DISK_FULL`), SettingsError when it refuses the credentials, and ValueError
    for a text that is not a key.
    """

    def __init__(
        self,
        url: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        scratch: Path | None = None,
    ) -> None:
        """Only S3 uses the four settings; what is not given comes from the machine.

        `scratch` is where remote objects are laid down for reading by path.
        """
        self.url = url.rstrip("/")
        self._scratch = scratch
        self._folder = _folder_of(url)
        self._client: Client
        self.bucket: Bucket | None = None
        """Signs links that lead past us; None where clients can not be sent to the store."""
        if self._folder is not None:
            with _failures(f"the folder {self._folder}"):
                self._folder.mkdir(parents=True, exist_ok=True)
            self._client = LocalStore(self._folder)
        elif urlsplit(url).scheme == "s3":
            config = _s3_config(endpoint, region, access_key_id, secret_access_key)
            self._client = _open_s3(url, config)
            parts = urlsplit(url)
            self.bucket = Bucket(
                parts.netloc,
                parts.path,
                endpoint=endpoint,
                region=region,
                access_key_id=access_key_id,
                secret_access_key=secret_access_key,
            )
        else:
            self._client = from_url(url, client_options=CLIENT, retry_config=RETRY)

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str | None = None,
        on_progress: OnProgress = unwatched,
    ) -> None:
        """Store a copy of the file; memory use does not grow with it.

        Raises NotFound when there is no such file.
        """
        _check(key)
        with _failures(key):
            if self._folder is not None:
                copy_file(path, self._folder / key, on_progress)
            elif path.stat().st_size <= PART_BYTES:
                self._put(key, path.read_bytes(), content_type)
                on_progress(1.0)
            else:
                self._put(key, _parts(path, on_progress), content_type)

    def put_bytes(self, key: str, content: bytes, *, content_type: str | None = None) -> None:
        """Store these bytes."""
        _check(key)
        with _failures(key):
            if self._folder is not None:
                write_file(self._folder / key, content)
            else:
                self._put(key, content, content_type)

    def get_bytes(self, key: str) -> bytes:
        """The whole object; raises NotFound."""
        _check(key)
        with _failures(key):
            return obstore.get(self._client, key).bytes().to_bytes()

    def size(self, key: str) -> int:
        """In bytes; raises NotFound."""
        _check(key)
        with _failures(key):
            return obstore.head(self._client, key)["size"]

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def list(self, prefix: str) -> list[str]:
        """Sorted keys below a prefix of whole parts: `a/b` holds `a/b/c` and not `a/bc`."""
        _check(prefix)
        with _failures(prefix):
            pages = obstore.list(self._client, prefix)
            return sorted(found["path"] for page in pages for found in page)

    def list_before(self, prefix: str, moment: datetime) -> Sequence[str]:
        """What `list` shows that has had its key since before an aware `moment`.

        In a folder a file that was moved or linked there counts from then, however old it is.
        A bucket may count an object from the begin of its upload.
        """
        if self._folder is not None:
            folder, since = self._folder, moment.timestamp()
            return [key for key in self.list(prefix) if _named_at_s(folder / key) < since]
        _check(prefix)
        with _failures(prefix):
            pages = obstore.list(self._client, prefix)
            found = [one for page in pages for one in page]
        return sorted(one["path"] for one in found if one["last_modified"] < moment)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove these objects; what is not there is no error."""
        wanted = list(keys)
        for key in wanted:
            _check(key)
        if self._folder is not None:
            for key in wanted:
                with _failures(key):
                    (self._folder / key).unlink(missing_ok=True)
        elif wanted:
            with _failures(wanted[0]):
                obstore.delete(self._client, wanted)

    def delete_prefix(self, prefix: str) -> None:
        """Remove everything that `list` shows for the prefix."""
        self.delete(self.list(prefix))
        if self._folder is not None:
            shutil.rmtree(self._folder / prefix, ignore_errors=True)

    def version(self, key: str) -> str:
        """Another text whenever the object has other bytes; raises NotFound."""
        _check(key)
        with _failures(key):
            return str(obstore.head(self._client, key)["e_tag"])

    def copy(self, key: str, target: str, *, only: str) -> None:
        """Store the same bytes under another key without moving them; `only` this version.

        A folder links both names to one file; S3 copies objects of up to 5 GB. Raises
        NotFound, and Conflict when the object has been replaced.
        """
        _check(key)
        _check(target)
        if self.version(key) != only:
            raise Conflict(f"Object {key} has been replaced; begin again.")
        if self.bucket is not None:
            self.bucket.copy(key, target, only=only)
            return
        with _failures(key):
            obstore.copy(self._client, key, target)

    def adopt(self, key: str, path: Path) -> None:
        """Make the file the object; it is moved where it can be, and gone afterwards."""
        _check(key)
        with _failures(key):
            if self._folder is not None:
                path.rename(self._folder / key)
                return
        self.put_file(key, path)
        path.unlink()

    def partial_path(self, key: str) -> Path:
        """Where the bytes of an object gather while they come in piece by piece."""
        _check(key)
        return self.partial_folder / f"{key}{MARK}"

    @property
    def partial_folder(self) -> Path:
        """Holds all partial files, by workspace."""
        scratch = self._scratch or Path(tempfile.gettempdir())
        return self._folder or scratch / "cliply-partial"

    def signed_url(self, key: str, expires_s: int, file_name: str) -> str | None:
        """A link that lets in whoever has it and saves the object under that name.

        None where the store can not sign: its bytes then go through us.
        """
        _check(key)
        if self.bucket is None:
            return None
        return self.bucket.link(key, file_name=file_name, expires_s=expires_s)

    def download(self, key: str, path: Path, *, on_progress: OnProgress = unwatched) -> None:
        """Write the object to a file, which appears when it is whole; raises NotFound."""
        _check(key)
        with _failures(key):
            if self._folder is not None:
                copy_file(self._folder / key, path, on_progress)
                return
            total_bytes = obstore.head(self._client, key)["size"]
            with whole_file(path) as descriptor:
                for start in range(0, total_bytes, PART_BYTES):
                    end = min(start + PART_BYTES, total_bytes)
                    part = obstore.get_range(self._client, key, start=start, end=end)
                    write_all(descriptor, memoryview(part))
                    on_progress(end / total_bytes)

    @contextmanager
    def open_path(self, key: str, *, on_progress: OnProgress = unwatched) -> Iterator[Path]:
        """The object as a file to read: itself in a folder, a copy for a while from a bucket.

        Raises NotFound.
        """
        if self._folder is not None:
            self.size(key)
            yield self._folder / key
            return
        with tempfile.TemporaryDirectory(prefix="cliply-object-", dir=self._scratch) as folder:
            path = Path(folder) / key.rpartition("/")[2]
            self.download(key, path, on_progress=on_progress)
            yield path

    @contextmanager
    def open_ranges(self, key: str) -> Iterator[StoredFile]:
        """The object as a file of which a bucket sends only what is read. Raises NotFound."""
        _check(key)
        with _failures(key):
            reader = obstore.open_reader(self._client, key)
        with StoredFile(reader, partial(_failures, key)) as file:
            yield file

    def url_of(self, key: str) -> str:
        """Where a person finds the object; not a link that grants access."""
        _check(key)
        return f"{self.url}/{key}"

    def _put(self, key: str, content: "bytes | Iterator[bytes]", content_type: str | None) -> None:
        kind = content_type or CONTENT_TYPES.get(Path(key).suffix)
        obstore.put(
            self._client,
            key,
            content,
            attributes={"Content-Type": kind} if kind else None,
            chunk_size=PART_BYTES,
            max_concurrency=PARALLEL_PARTS,
        )


def _named_at_s(path: Path) -> float:
    """When the file got its name, in Unix time; the end of time for one that has gone."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return float("inf")


def _folder_of(url: str) -> Path | None:
    """The local folder that a `file` URL means; None for a bucket. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return Path(unquote(parts.path))
    if parts.scheme in REMOTE_SCHEMES and parts.netloc:
        return None
    raise SettingsError(
        "STORAGE_URL is not a place for objects; write it as file:///folder, "
        "s3://bucket/prefix, gs://bucket/prefix or az://account/container/prefix."
    )


def _s3_config(
    endpoint: str | None, region: str | None, access_key_id: str | None, secret: str | None
) -> "S3Config":
    config: S3Config = {}
    if endpoint is not None:
        config["endpoint"] = endpoint
        config["virtual_hosted_style_request"] = False
    if region is not None:
        config["region"] = region
    if access_key_id is not None and secret is not None:
        config["access_key_id"] = access_key_id
        config["secret_access_key"] = secret
    return config


def _open_s3(url: str, config: "S3Config") -> S3Store:
    is_plain = config.get("endpoint", "").startswith("http://")
    client = CLIENT | {"allow_http": is_plain}
    return S3Store.from_url(url, config=config, client_options=client, retry_config=RETRY)


def _check(key: str) -> None:
    """No part of a key is empty or begins with a dot, so none leads out of its folder."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not an object key")


def _parts(path: Path, on_progress: OnProgress) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        total_bytes = path.stat().st_size
        read_bytes = 0
        while block := file.read(PART_BYTES):
            yield block
            read_bytes += len(block)
            on_progress(min(1.0, read_bytes / total_bytes))


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Turn what the client and the file system raise into our errors."""
    try:
        yield
    except CliplyError:
        raise
    except FileNotFoundError as error:
        raise NotFound(
            f"Object {what} is not in the store, or its file or bucket is gone."
        ) from error
    except (UnauthenticatedError, PermissionDeniedError) as error:
        raise SettingsError(
            f"The object store refused access to {what}; check its credentials and policy."
        ) from error
    except OSError as error:
        if error.errno in FULL:
            raise Unavailable(
                ErrorCode.disk_full,
                f"There is no space left for {what}; free some and try again.",
            ) from error
        raise _unreachable(what, error.strerror or type(error).__name__) from error
    except BaseError as error:
        raise _unreachable(what, _reason(error)) from error


def _unreachable(what: str, reason: str) -> Unavailable:
    return Unavailable(
        ErrorCode.storage_unavailable,
        f"The object store did not serve {what} ({reason}). "
        "Try again; `cliply doctor` tells whether it answers.",
    )


def _reason(error: BaseError) -> str:
    """The first line of the client's report; the rest is its own debug output."""
    return str(error).strip().splitlines()[0][:200]

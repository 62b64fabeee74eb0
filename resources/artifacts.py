"""Artifacts in object storage: values as JSON, tables as Parquet, files as they are."""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar, cast

import dagster as dg
import polars as pl
from pydantic import BaseModel, ValidationError

from cliply.domain.ids import JobRef
from cliply.errors import NotFound
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore

V = TypeVar("V", bound=BaseModel)

Artifact = BaseModel | pl.DataFrame | Path
"""What an asset may hand to storage; a file is copied, and is not loaded as an input."""


class Artifacts(dg.IOManager):
    """Hands values between assets through `{workspace}/analysis/{job}/{asset}`.

    Media are objects of their own; assets pass their keys.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def save(self, ref: JobRef, name: str, value: Artifact) -> str:
        """Write one artifact; returns its key."""
        if isinstance(value, Path):
            key = artifact_key(ref, name, value.suffix)
            self.store.put_file(key, value)
        elif isinstance(value, pl.DataFrame):
            key = artifact_key(ref, name, ".parquet")
            self.store.put_bytes(key, _parquet(value))
        else:
            key = artifact_key(ref, name, ".json")
            self.store.put_bytes(key, value.model_dump_json().encode())
        return key

    def load(self, ref: JobRef, name: str, kind: type[V]) -> V:
        """Raises NotFound when it was never made, was removed, or has another version's shape."""
        content = self.store.get_bytes(artifact_key(ref, name, ".json"))
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise NotFound(
                f"{name} of job {ref.job_id} was made by another version of Cliply; make it again."
            ) from error

    def load_table(self, ref: JobRef, name: str) -> pl.DataFrame:
        """Raises NotFound when the artifact was never made or has been removed."""
        return pl.read_parquet(
            io.BytesIO(self.store.get_bytes(artifact_key(ref, name, ".parquet")))
        )

    def open_file(self, ref: JobRef, name: str, suffix: str) -> AbstractContextManager[Path]:
        """An artifact as a file to read, for as long as the block lasts; raises NotFound."""
        return self.store.open_path(artifact_key(ref, name, suffix))

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        ref = JobRef.parse(context.partition_key)
        key = self.save(ref, "/".join(context.asset_key.path), obj)
        context.add_output_metadata({"artifact": dg.MetadataValue.path(key)})

    def load_input(self, context: dg.InputContext) -> Any:
        ref = JobRef.parse(context.partition_key)
        name = "/".join(context.asset_key.path)
        kind = context.dagster_type.typing_type
        try:
            if kind is pl.DataFrame:
                return self.load_table(ref, name)
            return self.load(ref, name, cast(type[BaseModel], kind))
        except NotFound as error:
            raise dg.Failure(
                f"{name} of this job is not there: materialise it first.", allow_retries=False
            ) from error


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()

"""A value as it was written down: without what nobody named."""

from typing import Any

from pydantic import BaseModel

KIND = "kind"
"""Tells the members of a union apart, so it stays."""


def as_written(value: BaseModel) -> dict[str, Any]:
    """JSON of the fields that were named, all the way down.

    An edit that names no colour takes its brand's. One that names the usual colour keeps
    it, so the two must not become the same text.
    """
    written: dict[str, Any] = _written(value, value.model_dump(mode="json"))
    return written


def _written(value: Any, dumped: Any) -> Any:
    if isinstance(value, BaseModel):
        named = value.model_fields_set | {KIND}
        return {
            name: _written(getattr(value, name), content)
            for name, content in dumped.items()
            if name in named
        }
    if isinstance(value, tuple) and any(isinstance(part, BaseModel) for part in value):
        return [_written(part, content) for part, content in zip(value, dumped, strict=True)]
    return dumped

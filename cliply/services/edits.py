"""Edits as a person writes them: JSON text, and changes by field path."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cliply.domain.editing import Edit
from cliply.domain.written import KIND, as_written
from cliply.errors import ErrorCode, InvalidInput

V = TypeVar("V", bound=BaseModel)

LISTED = "effects"
"""The list of an edit whose elements go by their kind, of which each is there once."""

SAID = {
    "extra_forbidden": "there is no such setting",
    "missing": "it has to be given",
    "union_tag_not_found": "it needs a kind",
}
"""Plainer words than pydantic's, by its error types."""


def parse_edit(text: str) -> Edit:
    """Raises InvalidInput (EDIT_INVALID) that lists every faulty field with its fault."""
    return parse(Edit, text, ErrorCode.edit_invalid, "The edit")


def parse(kind: type[V], text: str, code: ErrorCode, what: str) -> V:
    """A value from its JSON; raises InvalidInput with every faulty field of `what`."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults = "; ".join(_faults(error))
        raise InvalidInput(
            code, f"{what} can not be used: {faults}. Mend these fields and give it again."
        ) from None


def amend(edit: Edit, changes: Mapping[str, str]) -> Edit:
    """The edit with some fields set, such as `captions.accent_colour` to `#FF0000`.

    Values are JSON, or else text as it stands. A node that is not there begins with its
    defaults. Effects go by their kind, as in `effects.progress_bar.colour`, and `null`
    takes one out. Raises InvalidInput (EDIT_INVALID) with every faulty field.
    """
    tree = as_written(edit)
    for path, text in changes.items():
        _put(tree, path.split("."), _value(text), path)
    return parse_edit(json.dumps(tree))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _put(node: Any, keys: Sequence[str], value: Any, path: str) -> None:
    key, *rest = keys
    if key == LISTED and rest and isinstance(node, dict):
        node = node.setdefault(LISTED, [])
        key, *rest = rest
    if isinstance(node, list):
        _put_element(node, key, rest, value, path)
    elif not isinstance(node, dict) or not key:
        raise InvalidInput(
            ErrorCode.edit_invalid,
            f"The edit can not be used: {path}: there is no such setting. Check its path.",
        )
    elif not rest:
        node[key] = value
    else:
        if node.get(key) is None:
            node[key] = {}
        _put(node[key], rest, value, path)


def _put_element(node: list[Any], key: str, rest: list[str], value: Any, path: str) -> None:
    """Set an effect, or a field of it; it is added when there is none of its kind."""
    found = next((one for one in node if isinstance(one, dict) and one.get(KIND) == key), None)
    if not rest:
        if found is not None:
            node.remove(found)
        if value is not None:
            node.append({KIND: key, **(value if isinstance(value, dict) else {})})
        return
    if found is None:
        found = {KIND: key}
        node.append(found)
    _put(found, rest, value, path)


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        said = SAID.get(fault["type"], fault["msg"].removeprefix("Value error, "))
        where = _path(fault["loc"])
        yield f"{where}: {said}" if where else said


def _path(place: tuple[int | str, ...]) -> str:
    """As `amend` takes it: an element that has a kind goes by it, not by its number."""
    is_effect = place[:1] == (LISTED,) and len(place) > 2
    return ".".join(str(part) for part in (place[:1] + place[2:] if is_effect else place))

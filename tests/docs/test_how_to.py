"""The pages on edits and brand kits say what the code takes, and their examples work."""

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cliply.domain.brand import BrandKit
from cliply.domain.captions import Cue
from cliply.domain.editing import Edit
from cliply.domain.effects import (
    BRoll,
    EyeContact,
    HookTitle,
    MagicZoom,
    ProgressBar,
)
from cliply.domain.framing import Layout
from cliply.domain.orders import RenderOrder
from cliply.domain.quality import QualityCheck
from cliply.domain.timing import TimeRange
from cliply.services.brand import parse_kit
from cliply.services.edits import parse_edit
from cliply.services.orders import read_order

DOCS = Path(__file__).resolve().parents[2] / "docs"
EDITS, BRANDS = DOCS / "how-to" / "edit-a-clip.md", DOCS / "how-to" / "brand-kits.md"
PAGES = (EDITS, BRANDS)

SPOKEN = (TimeRange, Cue)
"""Values that the page explains once."""

EFFECTS = (MagicZoom, HookTitle, ProgressBar, BRoll, EyeContact)


class Field(NamedTuple):
    """A setting by its path inside a section of the page."""

    section: str
    path: str
    info: FieldInfo


def examples(page: Path) -> Iterator[str]:
    yield from re.findall(r"^```json\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def read(text: str) -> object:
    """An example as what it is: an order, a kit, or an edit."""
    names = set(json.loads(text))
    if "source" in names:
        return read_order(text)
    return parse_kit(text) if "name" in names else parse_edit(text)


def values_in(annotation: Any) -> list[type[BaseModel]]:
    """The value types that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (tuple, Union, UnionType):
        return [found for part in get_args(annotation) for found in values_in(part)]
    return []


def fields_of(section: str, model: type[BaseModel], head: str = "") -> Iterator[Field]:
    for name, info in model.model_fields.items():
        if get_origin(info.annotation) is Literal:  # what an effect is chosen by
            continue
        yield Field(section, head + name, info)
        for inner in values_in(info.annotation):
            if inner not in SPOKEN:
                yield from fields_of(section, inner, f"{head}{name}.")


def settings() -> list[Field]:
    """Every setting of an order and of its edit."""
    found = [Field("order", name, info) for name, info in RenderOrder.model_fields.items()]
    for node, info in Edit.model_fields.items():
        if node != "effects":
            (model,) = values_in(info.annotation)
            found += fields_of(node, model)
    for effect in EFFECTS:
        found += fields_of("effects", effect, f"{effect.model_fields['kind'].default}.")
    return found


def rows(text: str) -> Mapping[tuple[str, str], str]:
    """Table rows by section and first cell; a section is called after a setting or is ""."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            named = re.fullmatch(r"### `(\w+)`", line)
            section = named[1] if named else ""
        cell = re.match(r"\| `([^`]+)` \|", line)
        if cell:
            found[section, cell[1]] = line
    return found


ROWS = rows(EDITS.read_text()) | rows(BRANDS.read_text())

NAMED_BY_THEIR_LIST = frozenset(
    {"layouts.span", "layouts.layout", "magic_zoom.at.span", "magic_zoom.at.style",
     "b_roll.spans.span", "b_roll.spans.attachment"}
)  # fmt: skip
"""Settings without a row of their own: the row of their list names them."""


def told(field: Field) -> list[str]:
    """What the row of a setting has to name: its bounds, its choices, its default."""
    bounds = [
        f"{getattr(rule, name):g}"
        for rule in field.info.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(rule, name)
    ]
    annotations = [field.info.annotation, *get_args(field.info.annotation)]
    choices = [
        f"`{one.value}`"
        for kind in annotations
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not Layout
        for one in kind
    ]
    default = field.info.default
    if isinstance(default, StrEnum):
        return [*bounds, *choices, f"| `{default.value}` |"]
    if isinstance(default, bool):
        return [*bounds, f"| {str(default).lower()} |"]
    if isinstance(default, int | float):
        return [*bounds, f"| {default:g} |"]
    return [*bounds, *choices, *(["| required |"] if default is PydanticUndefined else [])]


@pytest.mark.parametrize(
    ("page", "text"), [(page.name, text) for page in PAGES for text in examples(page)]
)
def test_every_example_is_accepted(page: str, text: str) -> None:
    assert read(text)


def test_both_pages_have_examples_of_each_sort() -> None:
    kinds = {type(read(text)) for page in PAGES for text in examples(page)}

    assert kinds == {RenderOrder, Edit, BrandKit}


@pytest.mark.parametrize("field", settings(), ids=lambda field: f"{field.section}.{field.path}")
def test_every_setting_has_a_row_with_its_bounds_choices_and_default(field: Field) -> None:
    parent, _, name = field.path.rpartition(".")
    is_named = field.path in NAMED_BY_THEIR_LIST

    row = ROWS.get((field.section, parent if is_named else field.path))

    assert row, f"no row for {field.path} under {field.section}"
    wanted = [f"`{name}`"] if is_named else told(field)
    assert [part for part in wanted if part not in row] == []


def test_no_row_names_a_setting_that_there_is_not() -> None:
    known = {(field.section, field.path) for field in settings()}
    layouts = {("reframe", layout.value) for layout in Layout}

    assert {place for place in ROWS if place[0]} - known - layouts == set()


@pytest.mark.parametrize("kind", [Layout, QualityCheck], ids=lambda kind: kind.__name__)
def test_every_layout_and_check_is_explained(kind: type[StrEnum]) -> None:
    text = EDITS.read_text()

    assert [one.value for one in kind if f"| `{one.value}` |" not in text] == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_every_link_of_the_docs_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#][^)]*)\)", page.read_text())
    files = [target.partition("#")[0] for target in targets if "://" not in target]

    assert [file for file in files if not (page.parent / file).exists()] == []

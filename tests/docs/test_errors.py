"""The page on errors names every code with the status that it comes with."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import cliply.errors
from api.error_docs import page
from api.error_meanings import SECTIONS
from cliply.errors import CliplyError, ErrorCode

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    name: kind
    for name, kind in vars(cliply.errors).items()
    if isinstance(kind, type) and issubclass(kind, CliplyError)
}
MEANT = {code: kind for meanings in SECTIONS.values() for code, (kind, _) in meanings.items()}


def raised() -> Iterator[tuple[str, str]]:
    """Codes and the classes that the code is raised with, all over the product."""
    for path in [*ROOT.glob("cliply/**/*.py"), *ROOT.glob("api/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
                yield from (
                    (argument.attr, node.func.id)
                    for argument in arguments
                    if node.func.id in KINDS
                    and isinstance(argument, ast.Attribute)
                    and isinstance(argument.value, ast.Name)
                    and argument.value.id == "ErrorCode"
                )


def test_the_page_is_current() -> None:
    written = (ROOT / "docs" / "errors.md").read_text()

    assert written == page(), "run: python -m api.error_docs > docs/errors.md"


def test_every_code_is_in_one_section() -> None:
    named = [code for meanings in SECTIONS.values() for code in meanings]

    assert sorted(named) == sorted(ErrorCode)


def test_every_meaning_has_the_class_that_is_raised() -> None:
    found = defaultdict(set)
    for name, kind in raised():
        found[name].add(kind)

    wrong = {
        name: kinds
        for name, kinds in found.items()
        if MEANT[ErrorCode[name]].__name__ not in kinds
        and not any(issubclass(KINDS[kind], MEANT[ErrorCode[name]]) for kind in kinds)
    }
    assert len(found) > 60
    assert wrong == {}


@pytest.mark.parametrize(
    ("code", "status"),
    [("NOT_FOUND", 404), ("STALE", 412), ("RATE_LIMITED", 429), ("BODY_TOO_LARGE", 413),
     ("REQUEST_TIMEOUT", 408), ("METHOD_NOT_ALLOWED", 405), ("REQUEST_INVALID", 422),
     ("DATABASE_UNAVAILABLE", 503), ("INTERNAL", 500), ("TOKEN_EXPIRED", 401)],
)  # fmt: skip
def test_a_code_is_listed_with_its_status(code: str, status: int) -> None:
    assert f"| `{code}` | {status} |" in page()

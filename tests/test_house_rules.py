"""The rules that no linter of ours can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cliply.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "api",
    "showcase",
    "cliply",
    "cli",
    "clip_assets",
    "sensors",
    "resources",
    "benchmarks",
    "migrations",
    "tests",
    "tests_end_to_end",
    "tests_faults",
)
TESTS = {"tests", "tests_end_to_end", "tests_faults"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES.append(ROOT / "definitions.py")
PRODUCT = [path for path in MODULES if path.relative_to(ROOT).parts[0] not in TESTS]

LONGEST_MODULE, LONGEST_FUNCTION = 400, 49
EMPTY_FILE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
EMPTY_CLASS_WORDS = {
    "Manager",
    "Helper",
    "Util",
    "Utils",
    "Handler",
    "Processor",
    "Base",
    "Impl",
    "Service",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def words_of(class_name: str) -> set[str]:
    return set(re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", class_name))


def test_there_are_modules_to_check() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} >= set(PACKAGES)


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_a_module_is_introduced_by_one_sentence(path: Path) -> None:
    introduction = ast.get_docstring(ast.parse(path.read_text()))

    assert introduction, "say in one sentence what this module is for"
    if "versions" not in path.parts:
        assert "\n" not in introduction.split("\n\n")[0], "the first line is a whole sentence"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_are_short(path: Path) -> None:
    source = path.read_text()

    assert source.count("\n") <= LONGEST_MODULE, "split this module"
    if "versions" in path.parts:
        return
    for function in functions(ast.parse(source)):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"split {function.name}: it has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_say_what_a_thing_is(path: Path) -> None:
    classes = [n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)]

    assert path.stem not in EMPTY_FILE_NAMES, "name the file after what is in it"
    empty = {name for name in classes if words_of(name) & EMPTY_CLASS_WORDS}
    assert not empty, f"name {empty} after what they are"


@pytest.mark.parametrize(
    ("class_name", "is_empty"),
    [
        ("ClipManager", True),
        ("BaseStore", True),
        ("URLHandler", True),
        ("Database", False),
        ("Baseline", False),
        ("Servicing", False),
    ],
)
def test_empty_words_are_found_inside_class_names(class_name: str, is_empty: bool) -> None:
    assert bool(words_of(class_name) & EMPTY_CLASS_WORDS) is is_empty


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", example, flags=re.MULTILINE)

    assert sorted(named) == sorted(field.upper() for field in Settings.model_fields)

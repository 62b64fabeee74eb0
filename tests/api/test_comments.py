"""Comments on clips through the API."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.models import Clip, Member
from cliply.db.system import system_session
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from tests.api.clients import Person, as_person
from tests.api.stored_clips import stored_clips


@pytest.fixture
def clip(backend: Backend, workspace: WorkspaceId) -> Clip:
    return stored_clips(backend, workspace, 0)[0]


@pytest.fixture
def path(clip: Clip) -> str:
    return f"/api/clips/{clip.id}/comments"


def test_comments_are_read_in_the_order_they_were_written(
    editor: TestClient, viewer: TestClient, path: str
) -> None:
    written = [
        editor.post(path, json={"text": "Shorter.\nPlease.", "at_ms": 19_999}),
        editor.post(path, json={"text": "Nice."}),
    ]

    assert [one.status_code for one in written] == [201, 201]
    answer = viewer.get(path).json()
    assert answer["data"] == [one.json() for one in written]
    assert answer["total"] == 2
    first, second = answer["data"]
    assert (first["text"], first["at_ms"]) == ("Shorter.\nPlease.", 19_999)
    assert (second["at_ms"], second["author_name"]) == (None, "A editor")
    rest = viewer.get(
        path, params={"limit": 1, "after": viewer.get(f"{path}?limit=1").json()["next"]}
    )
    assert rest.json()["data"] == [second]


@pytest.mark.parametrize(
    "wish",
    [
        {"text": " \n "},
        {"text": "a\x00"},
        {"text": "x" * 5001},
        {"text": "late", "at_ms": 20_000},
        {"text": "early", "at_ms": -1},
        {"text": "far", "at_ms": 2**31},
        {},
    ],
)
def test_what_is_no_comment_leaves_nothing_behind(
    editor: TestClient, path: str, wish: dict[str, object]
) -> None:
    assert editor.post(path, json=wish).status_code == 422
    assert editor.get(path).json()["data"] == []


def test_the_same_key_writes_one_comment(editor: TestClient, path: str) -> None:
    key = {"Idempotency-Key": "k1"}
    answers = [editor.post(path, json={"text": "Nice."}, headers=key) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert editor.get(path).json()["total"] == 1


def test_one_takes_back_ones_own_comment_and_admins_anybodys(
    anonymous: TestClient, member: Callable[[Role], Person], path: str
) -> None:
    author, other, admin = (
        as_person(anonymous, member(role)) for role in (Role.editor, Role.editor, Role.admin)
    )
    ids = [author.post(path, json={"text": text}).json()["id"] for text in ("One", "Two")]

    assert other.delete(f"{path}/{ids[0]}").status_code == 403
    assert author.delete(f"{path}/{ids[0]}").status_code == 204
    assert author.delete(f"{path}/{ids[0]}").status_code == 404
    assert admin.delete(f"{path}/{ids[1]}").status_code == 204
    assert admin.get(path).json()["total"] == 0


def test_a_comment_outlives_the_membership_of_its_author(
    anonymous: TestClient, member: Callable[[Role], Person], viewer: TestClient, path: str,
    system_engine: Engine,
) -> None:  # fmt: skip
    author = member(Role.editor)
    as_person(anonymous, author).post(path, json={"text": "Nice."})
    with system_session(system_engine) as session:
        session.execute(delete(Member).where(Member.user_id == author.user_id))

    (comment,) = viewer.get(path).json()["data"]
    assert (comment["author_id"], comment["author_name"]) == (str(author.user_id), None)


def test_comments_of_another_workspace_are_not_found(
    editor: TestClient, stranger: TestClient, path: str
) -> None:
    comment = editor.post(path, json={"text": "Nice."}).json()["id"]

    assert stranger.get(path).status_code == 404
    assert stranger.post(path, json={"text": "Hm."}).status_code == 404
    assert stranger.delete(f"{path}/{comment}").status_code == 404
    assert editor.get(path).json()["total"] == 1

"""`cliply api-token`: a first token, which is taken by the API."""

from pathlib import Path

from pydantic import SecretStr

from cliply.db.members import find_member
from cliply.db.session import create_app_engine, workspace_session
from cliply.domain.access import Permission, Role
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.embedded import EmbeddedPostgres
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.identity.callers import read_bearer
from tests_end_to_end.commands.conftest import Cliply

KEYS = AccessTokens([SigningKey("k1", SecretStr("a-signing-key-for-tests-only-0001"))])


def test_the_printed_token_gets_into_the_local_workspace(cliply: Cliply, new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls:
        made = cliply("api-token")
        narrow = cliply("api-token", "--name", "CI", "--scope", "jobs:read", "--days", 7)
        blank = cliply("api-token", "--name", "  ")
        assert (made.status, narrow.status) == (0, 0), made.err + narrow.err
        assert (blank.status, "NAME_INVALID" in blank.err) == (1, True)

        token = made.out.strip()
        assert token.startswith("cliply_")
        assert token not in made.err
        app, system = create_app_engine(urls.app), create_app_engine(urls.system)
        try:
            first = read_bearer(KEYS, system, token)
            second = read_bearer(KEYS, system, narrow.out.strip())
            with workspace_session(app, LOCAL_WORKSPACE) as session:
                member = find_member(session, first.user_id)
        finally:
            app.dispose()
            system.dispose()
    assert member is not None
    assert (member.role, first.user_id) == (Role.owner, second.user_id)
    assert first.workspace_id == LOCAL_WORKSPACE
    assert first.scopes == frozenset(Permission)
    assert second.scopes == {Permission.jobs_read}


def test_wrong_options_are_refused(cliply: Cliply) -> None:
    assert cliply("api-token", "--scope", "everything").status == 2
    assert cliply("api-token", "--days", 366).status == 2

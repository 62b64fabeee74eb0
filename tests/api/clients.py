"""Members who call the API, without a network between."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.models import Member, User
from cliply.db.system import system_session
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId
from cliply.identity.mail import Mail


@dataclass(frozen=True)
class Person:
    """A member with the headers that their requests carry."""

    user_id: UserId
    workspace_id: WorkspaceId
    headers: dict[str, str]


@dataclass
class KeptMail:
    """Keeps mails instead of sending them."""

    sent: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)

    def last_token(self, to: str) -> str:
        """What the newest mail to an address carries."""
        mail = next(mail for mail in reversed(self.sent) if mail.to == to)
        found = re.search(r"#token=(\S+)", mail.text)
        assert found, mail.text
        return found.group(1)


def add_member(system: Engine, backend: Backend, workspace: WorkspaceId, role: Role) -> Person:
    """A new user who belongs to the workspace."""
    user_id = UserId(uuid4())
    with system_session(system) as session:
        session.add(User(id=user_id, email=f"{user_id.hex}@example.com", name=f"A {role}"))
        session.flush()
        session.add(Member(workspace_id=workspace, user_id=user_id, role=role))
    token = backend.access_tokens.issue(user_id, session_id=uuid4())
    headers = {"Authorization": f"Bearer {token}", "X-Workspace-Id": str(workspace)}
    return Person(user_id, workspace, headers)


def as_person(client: TestClient, person: Person) -> TestClient:
    """A client of the same application that speaks for this person."""
    return TestClient(client.app, headers=person.headers, raise_server_exceptions=False)

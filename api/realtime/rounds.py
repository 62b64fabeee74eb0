"""Looks after all watched jobs of a workspace now and then, whatever was told or not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db import job_watching
from cliply.db.job_watching import Pulse
from cliply.db.members import list_members
from cliply.db.session import workspace_session
from cliply.domain.access import Role
from cliply.domain.ids import ApiTokenId, JobId, UserId, WorkspaceId

Tokens = Collection[ApiTokenId]


@dataclass(frozen=True)
class Rights:
    """Who belongs to the workspace still, and which tokens are good."""

    roles: Mapping[UserId, Role]
    good_tokens: Tokens


def read_pulses(
    engine: Engine, workspace_id: WorkspaceId, job_ids: Collection[JobId], echo: str | None
) -> Mapping[JobId, Pulse]:
    """Of the jobs that are there; `echo` is told to listeners. Raises Unavailable."""
    with workspace_session(engine, workspace_id) as session:
        if echo is not None:
            job_watching.tell_echo(session, echo)
        return job_watching.list_pulses(session, job_ids)


def read_rights(
    engine: Engine, workspace_id: WorkspaceId, user_ids: Collection[UserId], token_ids: Tokens
) -> Rights:
    """As they are now. Raises Unavailable."""
    with workspace_session(engine, workspace_id) as session:
        roles = {member.user_id: member.role for member in list_members(session, user_ids)}
        good = job_watching.list_good_tokens(session, token_ids) if token_ids else set()
        return Rights(roles, good)

"""Queries for the audit log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cliply.db.models import AuditEntry
from cliply.db.pages import PageOf, PageWish, count_all, page_of
from cliply.domain.ids import UserId


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; what is None does not count."""

    action: str | None = None
    actor_id: UserId | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Up to and without."""

    def narrowed(self, wanted: Select[AuditEntry]) -> Select[AuditEntry]:
        if self.action is not None:
            wanted = wanted.where(AuditEntry.action == self.action)
        if self.actor_id is not None:
            wanted = wanted.where(AuditEntry.actor_id == self.actor_id)
        if self.since is not None:
            wanted = wanted.where(AuditEntry.created_at >= self.since)
        if self.until is not None:
            wanted = wanted.where(AuditEntry.created_at < self.until)
        return wanted


def list_audit_entries(
    session: Session, which: AuditFilter, wish: PageWish
) -> tuple[PageOf[AuditEntry], int]:
    """Those of the pinned workspace, newest first, and how many they are."""
    wanted = which.narrowed(select(AuditEntry))
    page = page_of(session, wanted, AuditEntry, AuditEntry.created_at, wish)
    return page, count_all(session, wanted)


def add_audit_entry(session: Session, entry: AuditEntry) -> None:
    session.add(entry)
    session.flush()

"""Job events: everything that happened to a job, in order."""

from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of, parent
from cliply.domain.ids import JobId
from cliply.domain.jobs import JobEventKind


class JobEvent(Owned, Created, Row):
    __tablename__ = "job_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job_id: Mapped[JobId]
    kind: Mapped[JobEventKind] = mapped_column(Choice(JobEventKind))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        parent("job_id", "jobs"),
        one_of("kind", JobEventKind),
        Index(None, "workspace_id", "job_id", "id"),
    )

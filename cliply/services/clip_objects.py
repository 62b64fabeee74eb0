"""Files of clips that are no more."""

from collections.abc import Iterable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db.renders import list_keys
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, JobRef
from cliply.errors import NotFound
from cliply.services.clip_changes import Slot
from cliply.storage.keys import artifact_key, slot_name, slot_prefix
from cliply.storage.objects import ObjectStore


def clear_slots(engine: Engine, store: ObjectStore, slots: Iterable[Slot]) -> None:
    """`clear_slot` for each of them."""
    for ref, slot in slots:
        clear_slot(engine, store, ref, slot)


def clear_slot(engine: Engine, store: ObjectStore, ref: JobRef, slot: int) -> int:
    """Remove the objects of a slot that no render names; how many there were.

    Meanwhile the slot can not get another clip, and its clip no other version: a new clip
    counts its versions from 1 again, so its files are called what the old ones were.
    Doing it again changes nothing.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        _hold_job(session, ref.job_id)
        clip = clip_rows.find_clip_in(session, ref.job_id, slot)
        kept = list_keys(session, clip.id) if clip else set()
        if clip is None:
            store.delete([artifact_key(ref, f"clip/{slot_name(slot)}", ".json")])
        gone = [key for key in store.list(slot_prefix(ref, slot)) if key not in kept]
        store.delete(gone)
        return len(gone)


def _hold_job(session: Session, job_id: JobId) -> None:
    """A job that is gone itself gets no clips any more."""
    try:
        job_rows.get_job(session, job_id, lock=True)
    except NotFound:
        return

"""Finds where rows and files do not agree, and mends it."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db import reconciling as facts
from cliply.db import renders as render_rows
from cliply.db import run_requests, stored_files
from cliply.db.jobs import add_event
from cliply.db.session import now, workspace_session
from cliply.db.stored_files import RenderFile
from cliply.db.system import system_session
from cliply.db.workspaces import list_workspaces
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobEventKind
from cliply.services.jobs import try_to_move
from cliply.services.reconciling import Damage, Finding
from cliply.storage.keys import analysed_job, analysis_of_workspace, analysis_prefix, slot_name
from cliply.storage.objects import ObjectStore
from cliply.upkeep.retention import AT_REST
from cliply.upkeep.source_objects import SOON, left_sources

PRIORITY = 10
"""Of a render that a person could see before."""


def reconcile_files(
    engine: Engine, system: Engine, store: ObjectStore, *, dry_run: bool = False
) -> list[Finding]:
    """What did not agree in any workspace, and what was done about it.

    Lists every object of every workspace. Rows are read before files: a file is stored
    before the row that names it.
    """
    with system_session(system) as session:
        ids = [row.id for row in list_workspaces(session) if row.deleted_at is None]
    files = Files(engine, system, store, dry_run=dry_run)
    return [finding for workspace_id in ids for finding in files.reconcile(workspace_id)]


class Files:
    """The files of one workspace after the other. Doing it again changes nothing."""

    def __init__(
        self,
        engine: Engine,
        system: Engine,
        store: ObjectStore,
        *,
        dry_run: bool,
        after: timedelta = SOON,
    ) -> None:
        """Media of no source are left alone until they have been there for longer than `after`."""
        self._engine = engine
        self._system = system
        self._store = store
        self._dry_run = dry_run
        self._after = after

    def reconcile(self, workspace_id: WorkspaceId) -> Iterator[Finding]:
        with system_session(self._system) as session:
            renders = stored_files.list_render_files(session, workspace_id)
            sources = stored_files.list_needed_sources(session, workspace_id)
        there = set(self._store.list(workspace_id.hex))
        for render in renders:
            if render.video_key not in there:
                done = "" if self._dry_run else self._mend_render(render)
                yield Finding(
                    damage=Damage.render_missing, ref=render.ref, what=render.video_key, done=done
                )
        for ref, key in sources:
            if key not in there:
                done = "" if self._dry_run else self._give_up_source(ref)
                yield Finding(damage=Damage.source_missing, ref=ref, what=key, done=done)
        for key in left_sources(self._system, self._store, workspace_id, self._after):
            if not self._dry_run:
                self._store.delete([key])
            done = "" if self._dry_run else "removed"
            yield Finding(damage=Damage.source_left, ref=None, what=key, done=done)
        yield from self._left_analysis(workspace_id)

    def _left_analysis(self, workspace_id: WorkspaceId) -> Iterator[Finding]:
        """Files before rows here: a job's row is there before its analysis."""
        keys = self._store.list(analysis_of_workspace(workspace_id))
        refs = {ref for ref in map(analysed_job, keys) if ref is not None}
        with system_session(self._system) as session:
            kept = facts.list_analysed(session, [ref.job_id for ref in refs])
        for ref in sorted(refs):
            if ref.job_id not in kept:
                if not self._dry_run:
                    self._store.delete_prefix(analysis_prefix(ref))
                done = "" if self._dry_run else "removed"
                what = analysis_prefix(ref)
                yield Finding(damage=Damage.analysis_left, ref=ref, what=what, done=done)

    def _mend_render(self, lost: RenderFile) -> str:
        """Forget the version; the one that the clip stands for is rendered again if it can be."""
        with workspace_session(self._engine, lost.ref.workspace_id) as session:
            job = facts.try_to_hold_job(session, lost.ref)
            if job is None or job.status not in AT_REST or self._store.exists(lost.video_key):
                return ""
            clip = clip_rows.find_clip_in(session, job.id, lost.slot)
            if clip is None or clip.id != lost.clip_id:
                return ""
            if lost.is_present:
                clip.status, clip.version = ClipStatus.planned, None
            render_rows.delete_render(session, lost.render_id)
            session.flush()
            told = {"what": Damage.render_missing, "slot": lost.slot}
            add_event(session, job.ref, JobEventKind.repaired, told)
            if not lost.is_present:
                return "the version was forgotten"
            if job.archived_at is not None or not try_to_move(session, job, JobMove.rerender):
                return "the clip has no video any more; its source is kept no longer"
            run_requests.add_run_request(
                session,
                job.ref,
                [f"clip/{slot_name(lost.slot)}"],
                priority=PRIORITY,
                reason=run_requests.RERENDERED,
            )
            return "rendered again"

    def _give_up_source(self, ref: JobRef) -> str:
        """Nobody can go on with the job any more; what it has made stays."""
        with workspace_session(self._engine, ref.workspace_id) as session:
            job = facts.try_to_hold_job(session, ref)
            if job is None or job.archived_at is not None:
                return ""
            if job.status not in AT_REST:
                return "its next step will fail"
            job.archived_at = now(session)
            add_event(session, ref, JobEventKind.repaired, {"what": Damage.source_missing})
            return "archived"

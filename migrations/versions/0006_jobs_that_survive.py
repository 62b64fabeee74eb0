"""Links, pauses, heartbeats and removals of jobs; whoever listens is told of their events."""

from alembic import op

from cliply.db.policies import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = (
    "created", "moved", "paused", "resumed", "repaired",
    "step_started", "step_completed", "step_skipped", "step_failed", "step_cancelled",
)  # fmt: skip

FORMER_KINDS = tuple(kind for kind in KINDS if kind not in ("paused", "resumed", "repaired"))

CHANGES = (
    "alter table jobs alter column source_video_id drop not null,"
    " add column paused_at timestamptz, add column archived_at timestamptz,"
    " add column priority integer not null default 0",
    "alter table job_steps add column worker text, add column heartbeat_at timestamptz",
    "create index ix_job_steps_running on job_steps (heartbeat_at) where status = 'running'",
    "alter table run_requests add column closed_at timestamptz, add column parent_run_id text,"
    " add column trace_id text",
    # Of what has ended nothing is at work; the rest is looked after by the reconciler.
    "update run_requests set closed_at = drained_at from jobs where jobs.id = run_requests.job_id"
    " and drained_at is not null and jobs.status in ('review', 'completed', 'failed', 'cancelled')",
    "create index ix_run_requests_at_work on run_requests (workspace_id)"
    " where drained_at is not null and closed_at is null",
    "alter table workspaces add column concurrent_jobs integer,"
    " add column flags jsonb not null default '{}'",
)

REMOVALS = """
create table job_removals (
    job_id uuid not null,
    workspace_id uuid not null,
    run_ids jsonb not null,
    runs_gone_at timestamptz,
    files_gone_at timestamptz,
    created_at timestamptz not null default now(),
    constraint pk_job_removals primary key (job_id),
    constraint uq_job_removals_workspace_id_job_id unique (workspace_id, job_id),
    constraint fk_job_removals_workspaces foreign key (workspace_id) references workspaces (id)
)
"""

OPEN_REMOVALS = (
    "create index ix_job_removals_open on job_removals (created_at) where files_gone_at is null"
)

TELLING = (
    """
    create function tell_job_event() returns trigger language plpgsql as $$
    begin
        perform pg_notify(
            'job_events', new.workspace_id::text || ' ' || new.job_id::text || ' ' || new.id::text
        );
        return null;
    end $$
    """,
    "create trigger job_events_told after insert on job_events"
    " for each row execute function tell_job_event()",
)
"""Ids alone: whoever listens reads the event itself, under row security."""


def upgrade() -> None:
    for statement in CHANGES:
        op.execute(statement)
    _restrict_kinds(KINDS)
    op.execute(REMOVALS)
    op.execute(OPEN_REMOVALS)
    for statement in (*protect("job_removals"), *TELLING):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger job_events_told on job_events")
    op.execute("drop function tell_job_event")
    op.execute("drop table job_removals")
    op.execute("delete from job_events where kind in ('paused', 'resumed', 'repaired')")
    _restrict_kinds(FORMER_KINDS)
    op.execute("alter table workspaces drop column concurrent_jobs, drop column flags")
    op.execute("drop index ix_run_requests_at_work")
    op.execute(
        "alter table run_requests drop column closed_at, drop column parent_run_id,"
        " drop column trace_id"
    )
    op.execute("drop index ix_job_steps_running")
    op.execute("alter table job_steps drop column worker, drop column heartbeat_at")
    op.execute("delete from jobs where source_video_id is null")
    op.execute(
        "alter table jobs alter column source_video_id set not null,"
        " drop column paused_at, drop column archived_at, drop column priority"
    )


def _restrict_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("alter table job_events drop constraint ck_job_events_kind")
    op.execute(f"alter table job_events add constraint ck_job_events_kind check (kind in ({listed}))")

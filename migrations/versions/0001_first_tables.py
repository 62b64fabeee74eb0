"""Workspaces, users, sources, jobs, steps, events, clips, renders and run requests."""

from alembic import op

from cliply.db.policies import open_schema, protect, share
from cliply.domain.ids import LOCAL_WORKSPACE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SHARED_TABLES = ("workspaces", "users")

TABLES = {
    "workspaces": """
        id uuid not null,
        name text not null,
        created_at timestamptz not null default now(),
        constraint pk_workspaces primary key (id),
        constraint uq_workspaces_name unique (name)
    """,
    "users": """
        id uuid not null,
        email text not null,
        name text,
        created_at timestamptz not null default now(),
        constraint pk_users primary key (id)
    """,
    "source_videos": """
        id uuid not null,
        workspace_id uuid not null,
        object_key text not null,
        content_hash text not null,
        file_name text not null,
        size_bytes bigint not null,
        media jsonb,
        transcript_key text,
        transcript_hash text,
        created_at timestamptz not null default now(),
        constraint pk_source_videos primary key (id),
        constraint uq_source_videos_workspace_id_id unique (workspace_id, id),
        constraint uq_source_videos_workspace_id_content_hash_transcript_hash
            unique nulls not distinct (workspace_id, content_hash, transcript_hash),
        constraint fk_source_videos_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "jobs": """
        id uuid not null,
        workspace_id uuid not null,
        source_video_id uuid not null,
        mode text not null,
        status text not null,
        settings jsonb not null,
        error_code text,
        error_message text,
        outcome text,
        request_digest text not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        finished_at timestamptz,
        constraint pk_jobs primary key (id),
        constraint uq_jobs_workspace_id_id unique (workspace_id, id),
        constraint uq_jobs_workspace_id_request_digest unique (workspace_id, request_digest),
        constraint fk_jobs_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_jobs_source_videos foreign key (workspace_id, source_video_id)
            references source_videos (workspace_id, id) on delete cascade,
        constraint ck_jobs_mode check (mode in ('vod', 'livestream', 'camera')),
        constraint ck_jobs_status check (status in ('created', 'ingesting', 'analyzing',
            'clips_generated', 'rendering', 'review', 'publishing', 'completed', 'failed',
            'cancelled'))
    """,
    "job_steps": """
        id uuid not null,
        workspace_id uuid not null,
        job_id uuid not null,
        name text not null,
        status text not null,
        attempts integer not null default 0,
        progress double precision not null default 0,
        fingerprint text,
        run_id text,
        output jsonb,
        error_code text,
        error_message text,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz,
        constraint pk_job_steps primary key (id),
        constraint uq_job_steps_workspace_id_job_id_name unique (workspace_id, job_id, name),
        constraint fk_job_steps_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_job_steps_jobs foreign key (workspace_id, job_id)
            references jobs (workspace_id, id) on delete cascade,
        constraint ck_job_steps_status check (status in ('pending', 'running', 'completed',
            'skipped', 'failed', 'cancelled')),
        constraint ck_job_steps_progress check (progress between 0 and 1)
    """,
    "job_events": """
        id bigint generated always as identity,
        workspace_id uuid not null,
        job_id uuid not null,
        kind text not null,
        payload jsonb not null,
        created_at timestamptz not null default now(),
        constraint pk_job_events primary key (id),
        constraint fk_job_events_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_job_events_jobs foreign key (workspace_id, job_id)
            references jobs (workspace_id, id) on delete cascade,
        constraint ck_job_events_kind check (kind in ('created', 'moved', 'step_started',
            'step_completed', 'step_skipped', 'step_failed', 'step_cancelled'))
    """,
    "clips": """
        id uuid not null,
        workspace_id uuid not null,
        job_id uuid not null,
        slot integer not null,
        title text not null,
        start_ms integer not null,
        end_ms integer not null,
        score double precision not null,
        parts jsonb not null,
        reason text not null,
        status text not null,
        created_at timestamptz not null default now(),
        constraint pk_clips primary key (id),
        constraint uq_clips_workspace_id_id unique (workspace_id, id),
        constraint uq_clips_workspace_id_job_id_slot unique (workspace_id, job_id, slot),
        constraint fk_clips_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_clips_jobs foreign key (workspace_id, job_id)
            references jobs (workspace_id, id) on delete cascade,
        constraint ck_clips_status
            check (status in ('planned', 'rendered', 'approved', 'rejected')),
        constraint ck_clips_slot check (slot between 0 and 19),
        constraint ck_clips_span check (0 <= start_ms and start_ms < end_ms),
        constraint ck_clips_score check (score between 0 and 1)
    """,
    "renders": """
        id uuid not null,
        workspace_id uuid not null,
        clip_id uuid not null,
        version integer not null,
        spec jsonb not null,
        spec_digest text not null,
        video_key text not null,
        srt_key text not null,
        vtt_key text not null,
        poster_key text not null,
        measured jsonb not null,
        created_at timestamptz not null default now(),
        constraint pk_renders primary key (id),
        constraint uq_renders_workspace_id_clip_id_version
            unique (workspace_id, clip_id, version),
        constraint fk_renders_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_renders_clips foreign key (workspace_id, clip_id)
            references clips (workspace_id, id) on delete cascade,
        constraint ck_renders_version check (version > 0)
    """,
    "run_requests": """
        id uuid not null,
        workspace_id uuid not null,
        job_id uuid not null,
        assets jsonb not null,
        priority integer not null,
        reason text not null,
        created_at timestamptz not null default now(),
        drained_at timestamptz,
        run_id text,
        constraint pk_run_requests primary key (id),
        constraint fk_run_requests_workspaces
            foreign key (workspace_id) references workspaces (id),
        constraint fk_run_requests_jobs foreign key (workspace_id, job_id)
            references jobs (workspace_id, id) on delete cascade
    """,
}

INDEXES = (
    "create unique index uq_users_email on users (lower(email))",
    "create index ix_jobs_workspace_id_created_at on jobs (workspace_id, created_at)",
    "create index ix_jobs_workspace_id_source_video_id on jobs (workspace_id, source_video_id)",
    "create index ix_job_steps_workspace_id_name_fingerprint"
    " on job_steps (workspace_id, name, fingerprint)",
    "create index ix_job_steps_run_id on job_steps (run_id)",
    "create index ix_job_events_workspace_id_job_id_id on job_events (workspace_id, job_id, id)",
    "create index ix_renders_workspace_id_clip_id_spec_digest"
    " on renders (workspace_id, clip_id, spec_digest)",
    "create index ix_run_requests_workspace_id_job_id on run_requests (workspace_id, job_id)",
    "create index ix_run_requests_waiting on run_requests (priority desc, created_at)"
    " where drained_at is null",
)


def upgrade() -> None:
    statements = [*open_schema()]
    for table, columns in TABLES.items():
        statements.append(f"create table {table} ({columns})")
        statements += share(table) if table in SHARED_TABLES else protect(table)
    statements += INDEXES
    statements.append(f"insert into workspaces (id, name) values ('{LOCAL_WORKSPACE}', 'local')")
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"drop table {table}")

"""Edits of jobs and clips, quality reports, brand files and brand kits."""

from alembic import op

from cliply.db.policies import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = {
    "brand_files": """
        id uuid not null,
        workspace_id uuid not null,
        name text not null,
        kind text not null,
        attachment jsonb not null,
        object_key text not null,
        created_at timestamptz not null default now(),
        constraint pk_brand_files primary key (id),
        constraint uq_brand_files_workspace_id_name unique (workspace_id, name),
        constraint fk_brand_files_workspaces foreign key (workspace_id) references workspaces (id),
        constraint ck_brand_files_kind
            check (kind in ('image', 'video', 'audio', 'font', 'model'))
    """,
    "brand_kits": """
        id uuid not null,
        workspace_id uuid not null,
        name text not null,
        kit jsonb not null,
        is_default boolean not null default false,
        created_at timestamptz not null default now(),
        constraint pk_brand_kits primary key (id),
        constraint uq_brand_kits_workspace_id_name unique (workspace_id, name),
        constraint fk_brand_kits_workspaces foreign key (workspace_id) references workspaces (id)
    """,
}

DEFAULT_KIT = (
    "create unique index uq_brand_kits_default on brand_kits (workspace_id) where is_default"
)

JOBS = """
    update jobs set settings = settings - 'aspect_ratio' - 'caption_style' || jsonb_build_object(
        'edit', jsonb_build_object(
            'reframe',
            jsonb_build_object('aspect_ratio', coalesce(settings->>'aspect_ratio', '9:16')),
            'captions',
            jsonb_build_object('style', coalesce(settings->>'caption_style', 'highlight_word'))))
"""
"""What is not named takes its default when the settings are read."""

CLIPS = (
    "alter table clips add column edit jsonb, add column version integer",
    "alter table clips drop constraint ck_clips_status",
    "alter table clips add constraint ck_clips_status check"
    " (status in ('planned', 'rendered', 'needs_attention', 'approved', 'rejected'))",
    """
    update clips set version = (
        select max(version) from renders
        where renders.clip_id = clips.id
            and (renders.spec->'span'->>'start_ms')::integer = clips.start_ms
            and (renders.spec->'span'->>'end_ms')::integer = clips.end_ms)
    """,
)

RENDERS = ("alter table renders add column report jsonb",)

FORMER_JOBS = """
    update jobs set settings = settings - 'edit' || jsonb_build_object(
        'aspect_ratio', coalesce(settings->'edit'->'reframe'->>'aspect_ratio', '9:16'),
        'caption_style', coalesce(settings->'edit'->'captions'->>'style', 'highlight_word'))
"""

FORMER_CLIPS = (
    "update clips set status = 'rendered' where status = 'needs_attention'",
    "alter table clips drop constraint ck_clips_status",
    "alter table clips add constraint ck_clips_status check"
    " (status in ('planned', 'rendered', 'approved', 'rejected'))",
    "alter table clips drop column edit, drop column version",
)


def upgrade() -> None:
    _change_rows(JOBS, *CLIPS, *RENDERS)
    for table, columns in TABLES.items():
        op.execute(f"create table {table} ({columns})")
        for statement in protect(table):
            op.execute(statement)
    op.execute(DEFAULT_KIT)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"drop table {table}")
    _change_rows(FORMER_JOBS, *FORMER_CLIPS, "alter table renders drop column report")


def _change_rows(*statements: str) -> None:
    """Forced row security would show an owner that is no superuser not one row to change."""
    for table in ("jobs", "clips", "renders"):
        op.execute(f"alter table {table} no force row level security")
    for statement in statements:
        op.execute(statement)
    for table in ("jobs", "clips", "renders"):
        op.execute(f"alter table {table} force row level security")

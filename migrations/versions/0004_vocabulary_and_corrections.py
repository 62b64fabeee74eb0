"""Terms of a workspace, and words that persons corrected."""

from alembic import op

from cliply.db.policies import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = {
    "vocabulary_terms": """
        id uuid not null,
        workspace_id uuid not null,
        text text not null,
        term jsonb not null,
        created_at timestamptz not null default now(),
        constraint pk_vocabulary_terms primary key (id),
        constraint uq_vocabulary_terms_workspace_id_text unique (workspace_id, text),
        constraint fk_vocabulary_terms_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "word_corrections": """
        id uuid not null,
        workspace_id uuid not null,
        content_hash text not null,
        start_ms integer not null,
        end_ms integer not null,
        text text not null,
        heard text not null,
        created_at timestamptz not null default now(),
        constraint pk_word_corrections primary key (id),
        constraint ck_word_corrections_span check (0 <= start_ms and start_ms < end_ms),
        constraint fk_word_corrections_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
}

BY_MEDIA = (
    "create index ix_word_corrections_workspace_id_content_hash"
    " on word_corrections (workspace_id, content_hash)"
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"create table {table} ({columns})")
        for statement in protect(table):
            op.execute(statement)
    op.execute(BY_MEDIA)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"drop table {table}")

"""What a ranking says about clips, and which candidate each of them is."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CLIPS = (
    """
    alter table clips
        add column candidate_id text,
        add column description text not null default '',
        add column hashtags jsonb not null default '[]',
        add column virality double precision,
        add column coherence double precision,
        add constraint ck_clips_virality check (virality between 0 and 1),
        add constraint ck_clips_coherence check (coherence between 0 and 1)
    """,
    # Until now slot n was the n-th candidate of the list.
    "update clips set candidate_id = 'm' || lpad(slot::text, 3, '0')",
    "alter table clips alter column description drop default, alter column hashtags drop default",
)

FORMER_CLIPS = """
    alter table clips
        drop column candidate_id, drop column description, drop column hashtags,
        drop column virality, drop column coherence
"""


def upgrade() -> None:
    # Forced row security would show an owner that is no superuser not one row to change.
    op.execute("alter table clips no force row level security")
    for statement in CLIPS:
        op.execute(statement)
    op.execute("alter table clips force row level security")


def downgrade() -> None:
    op.execute(FORMER_CLIPS)

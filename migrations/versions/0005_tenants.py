"""Sign-in, members, tokens, uploads, webhooks, the audit log, and counts that stay quick."""

from alembic import op

from cliply.db.policies import OF_MEMBERS, OF_PINNED, protect, share
from cliply.db.urls import APP_ROLE
from cliply.db.workload import HEARTBEAT_FUNCTION, HEARTBEAT_RIGHTS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHARED_TABLES = ("refresh_tokens", "mailed_tokens")

TABLES = {
    "members": """
        workspace_id uuid not null,
        user_id uuid not null,
        role text not null,
        created_at timestamptz default now() not null,
        constraint pk_members primary key (workspace_id, user_id),
        constraint ck_members_role check (role in ('viewer', 'editor', 'admin', 'owner')),
        constraint fk_members_workspaces foreign key (workspace_id) references workspaces (id),
        constraint fk_members_users
            foreign key (user_id) references users (id) on delete cascade
    """,
    "invitations": """
        id uuid not null,
        email text not null,
        role text not null,
        token_hash text not null,
        invited_by uuid,
        expires_at timestamptz not null,
        accepted_at timestamptz,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_invitations primary key (id),
        constraint ck_invitations_role check (role in ('viewer', 'editor', 'admin', 'owner')),
        constraint uq_invitations_token_hash unique (token_hash),
        constraint fk_invitations_users
            foreign key (invited_by) references users (id) on delete set null,
        constraint fk_invitations_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "refresh_tokens": """
        id uuid not null,
        user_id uuid not null,
        family_id uuid not null,
        token_hash text not null,
        expires_at timestamptz not null,
        spent_at timestamptz,
        revoked_at timestamptz,
        ip text,
        user_agent text,
        created_at timestamptz default now() not null,
        constraint pk_refresh_tokens primary key (id),
        constraint uq_refresh_tokens_token_hash unique (token_hash),
        constraint fk_refresh_tokens_users
            foreign key (user_id) references users (id) on delete cascade
    """,
    "mailed_tokens": """
        id uuid not null,
        user_id uuid not null,
        purpose text not null,
        token_hash text not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        created_at timestamptz default now() not null,
        constraint pk_mailed_tokens primary key (id),
        constraint ck_mailed_tokens_purpose check (purpose in ('verify', 'reset')),
        constraint uq_mailed_tokens_token_hash unique (token_hash),
        constraint fk_mailed_tokens_users
            foreign key (user_id) references users (id) on delete cascade
    """,
    "api_tokens": """
        id uuid not null,
        user_id uuid not null,
        name text not null,
        prefix text not null,
        token_hash text not null,
        scopes jsonb not null,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_api_tokens primary key (id),
        constraint uq_api_tokens_token_hash unique (token_hash),
        constraint fk_api_tokens_members
            foreign key (workspace_id, user_id)
            references members (workspace_id, user_id) on delete cascade,
        constraint fk_api_tokens_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "idempotency_keys": """
        workspace_id uuid not null,
        actor text not null,
        key text not null,
        request_digest text not null,
        status integer,
        headers jsonb,
        body text,
        created_at timestamptz default now() not null,
        constraint pk_idempotency_keys primary key (workspace_id, actor, key),
        constraint fk_idempotency_keys_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "uploads": """
        id uuid not null,
        kind text not null,
        method text not null,
        status text not null,
        file_name text not null,
        content_type text not null,
        size_bytes bigint not null,
        object_key text not null,
        multipart_id text,
        part_bytes bigint,
        source_video_id uuid,
        outcome jsonb,
        created_by uuid,
        expires_at timestamptz not null,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_uploads primary key (id),
        constraint uq_uploads_workspace_id_id unique (workspace_id, id),
        constraint ck_uploads_kind check (kind in ('media', 'transcript', 'brand')),
        constraint ck_uploads_method check (method in ('app', 'post', 'multipart')),
        constraint ck_uploads_status
            check (status in ('waiting', 'confirmed', 'rejected', 'expired')),
        constraint ck_uploads_size_bytes check (size_bytes > 0),
        constraint fk_uploads_users
            foreign key (created_by) references users (id) on delete set null,
        constraint fk_uploads_workspaces foreign key (workspace_id) references workspaces (id)
    """,
    "clip_comments": """
        id uuid not null,
        clip_id uuid not null,
        author_id uuid,
        text text not null,
        at_ms integer,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_clip_comments primary key (id),
        constraint fk_clip_comments_clips
            foreign key (workspace_id, clip_id)
            references clips (workspace_id, id) on delete cascade,
        constraint ck_clip_comments_at_ms check (at_ms >= 0),
        constraint fk_clip_comments_users
            foreign key (author_id) references users (id) on delete set null,
        constraint fk_clip_comments_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "audit_entries": """
        id bigint generated always as identity,
        actor_id uuid,
        token_id uuid,
        action text not null,
        resource_type text not null,
        resource_id text,
        ip text,
        request_id text,
        details jsonb default '{}' not null,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_audit_entries primary key (id),
        constraint fk_audit_entries_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "webhook_subscriptions": """
        id uuid not null,
        url text not null,
        events jsonb not null,
        secret text not null,
        former_secret text,
        former_until timestamptz,
        failures integer default '0' not null,
        disabled_at timestamptz,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_webhook_subscriptions primary key (id),
        constraint uq_webhook_subscriptions_workspace_id_id unique (workspace_id, id),
        constraint fk_webhook_subscriptions_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "webhook_events": """
        id bigint generated always as identity,
        message_id uuid not null,
        kind text not null,
        job_id uuid,
        payload jsonb not null,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_webhook_events primary key (id),
        constraint uq_webhook_events_workspace_id_id unique (workspace_id, id),
        constraint uq_webhook_events_workspace_id_message_id unique (workspace_id, message_id),
        constraint fk_webhook_events_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "webhook_deliveries": """
        id uuid not null,
        subscription_id uuid not null,
        event_id bigint not null,
        job_id uuid,
        status text not null,
        next_try_at timestamptz,
        tries jsonb default '[]' not null,
        delivered_at timestamptz,
        workspace_id uuid not null,
        created_at timestamptz default now() not null,
        constraint pk_webhook_deliveries primary key (id),
        constraint fk_webhook_deliveries_webhook_subscriptions
            foreign key (workspace_id, subscription_id)
            references webhook_subscriptions (workspace_id, id) on delete cascade,
        constraint fk_webhook_deliveries_webhook_events
            foreign key (workspace_id, event_id)
            references webhook_events (workspace_id, id) on delete cascade,
        constraint ck_webhook_deliveries_status
            check (status in ('waiting', 'delivered', 'given_up')),
        constraint uq_webhook_deliveries_workspace_id_subscription_id_event_id
            unique (workspace_id, subscription_id, event_id),
        constraint fk_webhook_deliveries_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
    "row_counts": """
        id bigint generated always as identity,
        counted text not null,
        change integer not null,
        workspace_id uuid not null,
        constraint pk_row_counts primary key (id),
        constraint fk_row_counts_workspaces
            foreign key (workspace_id) references workspaces (id)
    """,
}

INDEXES = (
    "create index ix_members_user_id on members (user_id)",
    "create unique index uq_invitations_waiting"
    " on invitations (workspace_id, lower(email)) where accepted_at is null",
    "create index ix_refresh_tokens_expires_at on refresh_tokens (expires_at)",
    "create index ix_refresh_tokens_family_id on refresh_tokens (family_id)",
    "create index ix_refresh_tokens_user_id on refresh_tokens (user_id)",
    "create index ix_mailed_tokens_user_id on mailed_tokens (user_id)",
    "create index ix_api_tokens_workspace_id_created_at_id"
    " on api_tokens (workspace_id, created_at, id)",
    "create index ix_idempotency_keys_created_at on idempotency_keys (created_at)",
    "create index ix_uploads_status_expires_at on uploads (status, expires_at)",
    "create index ix_clip_comments_workspace_id_clip_id_created_at_id"
    " on clip_comments (workspace_id, clip_id, created_at, id)",
    "create index ix_audit_entries_created_at on audit_entries (created_at)",
    "create index ix_audit_entries_workspace_id_created_at_id"
    " on audit_entries (workspace_id, created_at, id)",
    "create index ix_webhook_events_created_at on webhook_events (created_at)",
    "create index ix_webhook_deliveries_order on webhook_deliveries"
    " (workspace_id, subscription_id, job_id, event_id) where status = 'waiting'",
    "create index ix_webhook_deliveries_workspace_id_event_id"
    " on webhook_deliveries (workspace_id, event_id)",
    "create index ix_webhook_deliveries_waiting"
    " on webhook_deliveries (next_try_at) where status = 'waiting'",
    "create index ix_row_counts_workspace_id_counted on row_counts (workspace_id, counted)",
    "create index ix_clips_workspace_id_created_at_id on clips (workspace_id, created_at, id)",
    "create index ix_clips_workspace_id_score_id on clips (workspace_id, score, id)",
    "create index ix_jobs_workspace_id_created_at_id on jobs (workspace_id, created_at, id)",
    "create index ix_jobs_workspace_id_source_url on jobs (workspace_id, source_url)",
    "create index ix_jobs_workspace_id_status_created_at_id"
    " on jobs (workspace_id, status, created_at, id)",
)

COLUMNS = (
    "alter table users add column password_hash text, add column verified_at timestamptz",
    "alter table workspaces add column deleted_at timestamptz",
    "alter table workspaces drop constraint uq_workspaces_name",
    "alter table jobs add column source_url text, add column created_by uuid,"
    " add constraint fk_jobs_users foreign key (created_by) references users (id)"
    " on delete set null",
    "drop index ix_jobs_workspace_id_created_at",
)

RATE_WINDOWS = (
    "create unlogged table rate_windows (key text not null, hits integer not null,"
    " expires_at timestamptz not null, constraint pk_rate_windows primary key (key))",
    "create index ix_rate_windows_expires_at on rate_windows (expires_at)",
)

COUNTING = (
    """
    create function count_rows() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
    begin
        if tg_op <> 'INSERT' then
            insert into row_counts (workspace_id, counted, change)
            values (old.workspace_id, tg_table_name || ':' || old.status, -1);
        end if;
        if tg_op <> 'DELETE' then
            insert into row_counts (workspace_id, counted, change)
            values (new.workspace_id, tg_table_name || ':' || new.status, 1);
        end if;
        return null;
    end $$
    """,
    *(
        statement
        for table in ("jobs", "clips")
        for statement in (
            f"create trigger {table}_counted after insert or delete on {table}"
            " for each row execute function count_rows()",
            f"create trigger {table}_recounted after update of status on {table}"
            " for each row when (old.status is distinct from new.status)"
            " execute function count_rows()",
            "insert into row_counts (workspace_id, counted, change)"
            f" select workspace_id, '{table}:' || status, count(*) from {table} group by 1, 2",
        )
    ),
)
"""The function writes as the tables' owner, whoever caused the change: cascades, too."""

SEEN_BY_THE_APP = (
    "alter table workspaces enable row level security",
    f"create policy workspaces_pinned on workspaces using ({OF_PINNED}) with check ({OF_PINNED})",
    f"grant select, update (name) on workspaces to {APP_ROLE}",
    "alter table users enable row level security",
    f"create policy users_of_workspace on users using ({OF_MEMBERS})",
    f"grant select (id, email, name, created_at, verified_at) on users to {APP_ROLE}",
    "alter table row_counts no force row level security",
    f"revoke insert, update, delete on row_counts from {APP_ROLE}",
)


UNDONE = (
    *(
        f"drop trigger {table}_{name} on {table}"
        for table in ("jobs", "clips")
        for name in ("counted", "recounted")
    ),
    "drop function count_rows",
    "drop function graph_heartbeat_age_s",
    "drop index ix_clips_workspace_id_created_at_id",
    "drop index ix_clips_workspace_id_score_id",
    "drop index ix_jobs_workspace_id_created_at_id",
    "drop index ix_jobs_workspace_id_status_created_at_id",
    "drop index ix_jobs_workspace_id_source_url",
    "create index ix_jobs_workspace_id_created_at on jobs (workspace_id, created_at)",
    "alter table jobs drop column source_url, drop column created_by",
    "drop policy users_of_workspace on users",
    f"revoke all on users, workspaces from {APP_ROLE}",
    f"revoke select (id, email, name, created_at, verified_at) on users from {APP_ROLE}",
    f"revoke update (name) on workspaces from {APP_ROLE}",
    "alter table users disable row level security",
    "drop policy workspaces_pinned on workspaces",
    "alter table workspaces disable row level security",
    "alter table users drop column password_hash, drop column verified_at",
    "alter table workspaces drop column deleted_at",
    "alter table workspaces add constraint uq_workspaces_name unique (name)",
)


def upgrade() -> None:
    statements = [*COLUMNS]
    for table, columns in TABLES.items():
        statements.append(f"create table {table} ({columns})")
        statements += share(table) if table in SHARED_TABLES else protect(table)
    statements += [*RATE_WINDOWS, *share("rate_windows"), *INDEXES, *COUNTING, *SEEN_BY_THE_APP]
    statements += [HEARTBEAT_FUNCTION, *HEARTBEAT_RIGHTS]
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Takes sign-ins, tokens, webhooks and the audit log away for good."""
    for statement in UNDONE:
        op.execute(statement)
    for table in ("rate_windows", *reversed(TABLES)):
        op.execute(f"drop table {table}")

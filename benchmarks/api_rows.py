"""Fills a database like that of a busy installation, in a minute."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from sqlalchemy import URL

from cliply.db.urls import DatabaseUrls

MANY_JOBS = 100_000
WORKSPACES = 1_000
JOBS_OF_OTHERS = 20
STEPS = ("source_video", "listening", "transcript", "scan", "candidates", "ranking", "clip/c00")

PEOPLE = """
insert into users (id, email, name) values (%(user)s, 'bench@example.com', 'Bench')
"""
TENANTS = """
insert into workspaces (id, name)
select case when n = 1 then %(workspace)s::uuid else gen_random_uuid() end, 'Workspace ' || n
from generate_series(1, %(workspaces)s) n
"""
MEMBERS = """
insert into members (workspace_id, user_id, role) values (%(workspace)s, %(user)s, 'owner')
"""
SOURCES = """
insert into source_videos (workspace_id, id, object_key, content_hash, file_name, size_bytes, media)
select w.id, gen_random_uuid(), 'x', w.id || '-' || n, 'talk ' || n || '.mp4', 1000000,
    '{"container": "mp4", "duration_ms": 3600000, "size_bytes": 1000000, "bitrate_bps": 2000000,
      "video": {"index": 0, "codec": "h264", "width": 1920, "height": 1080, "coded_width": 1920,
        "coded_height": 1080, "frame_rate": "30", "pixel_format": "yuv420p",
        "duration_ms": 3600000},
      "audio": {"index": 1, "codec": "aac", "sample_rate": 48000, "channels": 2}}'
from workspaces w, generate_series(1, 200) n where w.id = %(workspace)s or n <= 2
"""
JOBS = """
with numbered as (
    select workspace_id, id, row_number() over (partition by workspace_id order by id) - 1 as place,
        count(*) over (partition by workspace_id) as many
    from source_videos
), wanted as (
    select w.id as workspace_id, n,
        case when w.id = %(workspace)s then %(many)s else %(few)s end as jobs
    from workspaces w
        cross join lateral generate_series(
            1, case when w.id = %(workspace)s then %(many)s else %(few)s end) n
)
insert into jobs (workspace_id, id, source_video_id, mode, status, settings, request_digest,
    created_at, updated_at)
select wanted.workspace_id, gen_random_uuid(), numbered.id, 'vod',
    (array['review', 'review', 'completed', 'completed', 'completed', 'failed', 'created'])
        [1 + n %% 7],
    '{"max_clips": 5, "language": "en", "edit": {"captions": {"style": "karaoke"}}}',
    'd' || n, now() - n * interval '1 minute', now() - n * interval '1 minute'
from wanted join numbered
    on numbered.workspace_id = wanted.workspace_id and numbered.place = n %% numbered.many
"""
EVENTS = """
insert into job_events (workspace_id, job_id, kind, payload)
select workspace_id, id, 'created', '{"reason": "submitted"}' from jobs
"""
STEP_ROWS = """
insert into job_steps (workspace_id, id, job_id, name, status, attempts, progress, output,
    started_at, finished_at, created_at)
select workspace_id, gen_random_uuid(), jobs.id, step, 'completed', 1, 1,
    '{"engine": "whisperx", "quality": "high"}', created_at, created_at + interval '40 s',
    created_at + place * interval '1 s'
from jobs, unnest(%(steps)s::text[]) with ordinality as named (step, place)
where status <> 'created'
"""
CLIPS = """
insert into clips (workspace_id, id, job_id, slot, title, description, hashtags, start_ms, end_ms,
    score, parts, reason, status, created_at)
select workspace_id, gen_random_uuid(), jobs.id, slot, 'A clip', 'What is in it', '["talk"]',
    slot * 60000, slot * 60000 + 30000, 0.8, '{"energy": 0.5}', 'It is loud.', 'rendered',
    created_at
from jobs, generate_series(0, 1) slot where status in ('review', 'completed')
"""
FOLDED = """
with gone as (delete from row_counts returning workspace_id, counted, change)
insert into row_counts (workspace_id, counted, change)
select workspace_id, counted, sum(change) from gone group by 1, 2
"""
"""What upkeep does in an installation."""


def fill(urls: DatabaseUrls, workspace_id: UUID, user_id: UUID) -> None:
    """Workspaces, of which one has `MANY_JOBS` jobs, with their steps, events and clips."""
    values = {
        "workspace": workspace_id,
        "user": user_id,
        "workspaces": WORKSPACES,
        "many": MANY_JOBS,
        "few": JOBS_OF_OTHERS,
        "steps": list(STEPS),
    }
    with _connected(urls.system) as session:
        for statement in (
            PEOPLE, TENANTS, MEMBERS, SOURCES, JOBS, EVENTS, STEP_ROWS, CLIPS, FOLDED,
        ):  # fmt: skip
            session.execute(statement, values)
    with _connected(urls.owner) as session:
        session.execute("vacuum analyze")


def jobs_of(urls: DatabaseUrls, workspace_id: UUID) -> Sequence[UUID]:
    """A thousand jobs of the workspace, in no order."""
    with _connected(urls.system) as session:
        found = session.execute(
            "select id from jobs where workspace_id = %s order by id limit 1000", [workspace_id]
        )
        return [row[0] for row in found]


def _connected(url: URL) -> "psycopg.Connection[tuple[UUID, ...]]":
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)

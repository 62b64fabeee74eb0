"""Rows of the first version are read, and mean the same, after all later migrations."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from cliply.db.clips import list_clips
from cliply.db.jobs import get_job
from cliply.db.migrate import migrations_folder, upgrade
from cliply.db.renders import find_present_render
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio
from cliply.domain.ids import LOCAL_WORKSPACE, JobId
from cliply.embedded import EmbeddedPostgres
from tests.rows import MEASURED

JOB = JobId(uuid4())
SETTINGS = {
    "clip_duration": {"min": 15.0, "max": 90.0},
    "max_clips": 3,
    "aspect_ratio": "1:1",
    "caption_style": "karaoke",
    "language": "en",
}

SOURCE = text(
    "insert into source_videos (id, workspace_id, object_key, content_hash, file_name, size_bytes)"
    " values (:id, :workspace, 'k', 'h', 'talk.mp4', 1)"
)
JOB_ROW = text(
    "insert into jobs (id, workspace_id, source_video_id, mode, status, settings, request_digest)"
    " values (:id, :workspace, :source, 'vod', 'review', cast(:settings as jsonb), 'd')"
)
CLIP = text(
    "insert into clips (id, workspace_id, job_id, slot, title, start_ms, end_ms, score, parts,"
    " reason, status) values (:id, :workspace, :job, :slot, 't', 1000, 9000, 0.5, '{}', 'r',"
    " 'rendered')"
)
RENDER = text(
    "insert into renders (id, workspace_id, clip_id, version, spec, spec_digest, video_key,"
    " srt_key, vtt_key, poster_key, measured) values (:id, :workspace, :clip, :version,"
    " cast(:spec as jsonb), 'd', 'v', 's', 't', 'p', cast(:measured as jsonb))"
)


@pytest.fixture
def first_version(new_home: Path) -> Iterator[DatabaseUrls]:
    """A database at migration 0001 with a job, a clip of two versions and one of none."""
    with EmbeddedPostgres(new_home) as urls:
        upgrade(urls)
        engine = create_engine(urls.owner)
        with engine.begin() as connection:
            _go_back(connection)
            _fill(connection)
        engine.dispose()
        yield urls


def _go_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")


def _fill(connection: Connection) -> None:
    source, clip, stale = uuid4(), uuid4(), uuid4()
    ours = {"workspace": LOCAL_WORKSPACE}
    connection.execute(SOURCE, ours | {"id": source})
    settings = json.dumps(SETTINGS)
    connection.execute(JOB_ROW, ours | {"id": JOB, "source": source, "settings": settings})
    for slot, clip_id in enumerate((clip, stale)):
        connection.execute(CLIP, ours | {"id": clip_id, "job": JOB, "slot": slot})
    _render(connection, clip, 1, 1000)
    _render(connection, clip, 2, 1000)
    _render(connection, stale, 1, 5000)


def _render(connection: Connection, clip: UUID, version: int, start_ms: int) -> None:
    spec = {"pipeline_version": "1", "span": {"start_ms": start_ms, "end_ms": 9000}}
    measured = MEASURED.model_dump_json()
    values = {"id": uuid4(), "workspace": LOCAL_WORKSPACE, "clip": clip, "version": version}
    connection.execute(RENDER, values | {"spec": json.dumps(spec), "measured": measured})


def test_former_rows_mean_the_same(first_version: DatabaseUrls) -> None:
    upgrade(first_version)

    engine = create_app_engine(first_version.app)
    with workspace_session(engine, LOCAL_WORKSPACE) as session:
        settings = get_job(session, JOB).settings
        whole, stale = list_clips(session, JOB)
        render = find_present_render(session, whole)
    engine.dispose()
    assert settings.edit.reframe.aspect_ratio is AspectRatio.square
    assert settings.edit.captions.style is CaptionStyle.karaoke
    assert (settings.max_clips, settings.language) == (3, "en")
    assert (whole.version, whole.edit) == (2, None)
    assert [clip.candidate_id for clip in (whole, stale)] == ["m000", "m001"]
    assert (whole.moment.title, whole.moment.hashtags, whole.moment.virality) == ("t", (), None)
    assert stale.version is None, "its only render shows another moment"
    assert render is not None
    assert render.spec["pipeline_version"] == "1"
    assert (render.measured, render.report) == (MEASURED, None)


def test_forced_row_security_is_back_after_the_change(
    first_version: DatabaseUrls,
) -> None:
    upgrade(first_version)

    engine = create_engine(first_version.owner)
    with engine.connect() as connection:
        forced = connection.execute(
            text("select relforcerowsecurity from pg_class where relname in ('jobs', 'clips')")
        )
        assert set(forced.scalars()) == {True}
    engine.dispose()

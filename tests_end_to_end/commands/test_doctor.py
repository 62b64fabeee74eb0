"""`cliply doctor` and the service's own parts."""

import pytest

from cliply.db.urls import DatabaseUrls
from tests_end_to_end.commands.conftest import Cliply

PARTS = ("FFmpeg", "database", "storage", "speech", "face detector", "caption font", "disk")


def test_a_new_installation_works_and_says_that_speech_is_degraded(cliply: Cliply) -> None:
    ended = cliply("doctor")

    assert ended.status == 0, ended.out
    assert all(part in ended.out for part in PARTS)
    assert "degraded" in ended.out
    assert "broken" not in ended.out


def test_a_broken_part_is_named_and_the_others_are_looked_at(
    cliply: Cliply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FFMPEG_BINARY", "/nowhere/ffmpeg")
    monkeypatch.setenv("STORAGE_URL", "s3://no-such-bucket/x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    ended = cliply("doctor")

    assert ended.status == 1
    assert ended.out.count("broken") == 2
    assert "FFMPEG_MISSING" in ended.out


def test_an_external_database_is_used_when_it_is_set(
    cliply: Cliply, database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {"": database.owner, "APP_": database.app, "SYSTEM_": database.system}
    for prefix, url in urls.items():
        text = url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv(f"{prefix}DATABASE_URL", text)

    ended = cliply("jobs")

    assert ended.status == 0, ended.err


def test_half_a_database_setting_is_refused_with_its_name(
    cliply: Cliply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db/cliply")

    ended = cliply("jobs")

    assert ended.status == 1
    assert "error SETTINGS_INVALID: " in ended.err
    assert "APP_DATABASE_URL" in ended.err
    assert "secret" not in ended.err

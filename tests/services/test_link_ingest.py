"""The video behind a link becomes the source of its job."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cliply.db import jobs as job_rows
from cliply.db.session import workspace_session
from cliply.db.sources import get_source_of, list_sources
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings
from cliply.domain.links import LinkFacts
from cliply.domain.progress import unwatched
from cliply.errors import ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.links.addresses import Link
from cliply.services.link_ingest import fetch_source
from cliply.services.link_requests import request_link
from cliply.services.sources import probe_source
from cliply.storage.objects import ObjectStore
from tests.links.site import Site, opened_site

CAPTIONED = """<html><head><title>{title}</title></head><body>
<video src="/talk.mp4"><track kind="captions" src="/{captions}" srclang="en"></video></body></html>
"""
VTT = "WEBVTT\n\n00:00.400 --> 00:03.600\nWhy do bees never get lost?\n"


@pytest.fixture
def site(talk: Path, tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(talk, folder / "talk.mp4")
    (folder / "good.vtt").write_text(VTT)
    (folder / "bad.vtt").write_text("WEBVTT\n\nnothing that anybody could read\n")
    for name in ("good", "bad"):
        page = CAPTIONED.format(title=f"A {name} talk / one", captions=f"{name}.vtt")
        (folder / f"{name}.html").write_text(page)
    with opened_site(folder) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


class Fetching:
    """Jobs of links of a site, one after the other."""

    def __init__(
        self, engine: Engine, store: ObjectStore, workspace: WorkspaceId, site: Site, folder: Path
    ) -> None:
        self.engine, self.store, self.workspace, self.site = engine, store, workspace, site
        self.downloads = folder / "downloads"
        self.rules = site.rules(self.downloads)

    def job(self, path: str) -> JobRef:
        link = Link(url=self.site.url(path))
        with workspace_session(self.engine, self.workspace) as session:
            found = request_link(
                session, self.workspace, link, JobSettings(), force=True, with_run_request=True
            )
            return found.job.ref

    def fetch(self, ref: JobRef) -> LinkFacts | None:
        return fetch_source(self.engine, self.store, ref, self.rules, unwatched)

    def left(self) -> list[Path]:
        return list(self.downloads.glob("*")) if self.downloads.exists() else []


@pytest.fixture
def fetching(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, site: Site, tmp_path: Path
) -> Fetching:
    return Fetching(engine, store, workspace, site, tmp_path)


def test_two_links_to_the_same_media_are_one_source(fetching: Fetching) -> None:
    one, other = fetching.job("good.html"), fetching.job("bad.html?again")

    told = fetching.fetch(one)
    fetching.fetch(other)

    with workspace_session(fetching.engine, fetching.workspace) as session:
        sources = {
            ref: get_source_of(session, job_rows.get_job(session, ref.job_id))
            for ref in (one, other)
        }
        listed = list_sources(session)
    assert told is not None
    assert sources[one].file_name.startswith("A good talk - one")
    assert sources[one].file_name.endswith(".mp4")
    assert sources[one].content_hash == sources[other].content_hash
    assert sources[one].object_key == sources[other].object_key, "the bytes are stored once"
    assert told.captions_language == "en"
    assert sources[one].transcript_key is not None
    assert sources[other].transcript_key is None, "its captions can not be read"
    assert len(listed) == 2
    assert fetching.left() == []
    asked = len(fetching.site.asked)
    assert fetching.fetch(one) is None, "what is there is not fetched again"
    assert len(fetching.site.asked) == asked
    assert probe_source(fetching.engine, fetching.store, one).media.duration_ms > 11_000


def test_a_video_that_may_not_be_clipped_leaves_nothing_behind(fetching: Fetching) -> None:
    limits = fetching.rules.limits.model_copy(update={"max_duration_ms": 6_000})
    fetching.rules = fetching.site.rules(fetching.downloads, limits=limits)
    ref = fetching.job("good.html")

    with pytest.raises(MediaError) as caught:
        fetching.fetch(ref)

    assert caught.value.code is ErrorCode.source_too_long
    assert "A good talk" in caught.value.message
    assert fetching.left() == []
    with workspace_session(fetching.engine, fetching.workspace) as session:
        assert list_sources(session) == []


def test_what_was_fetched_of_a_site_that_breaks_down_is_kept_for_the_next_attempt(
    fetching: Fetching,
) -> None:
    fetching.site.statuses["good.html"] = [503] * 9
    ref = fetching.job("good.html")

    with pytest.raises(Unavailable):
        fetching.fetch(ref)

    assert [one.name for one in fetching.left()] == [ref.job_id.hex]


def test_a_link_that_is_allowed_no_more_is_refused_when_it_is_fetched(fetching: Fetching) -> None:
    ref = fetching.job("good.html")
    fetching.rules = fetching.site.rules(fetching.downloads, domains=("other.example",))

    with pytest.raises(InvalidInput) as caught:
        fetching.fetch(ref)

    assert caught.value.code is ErrorCode.link_not_allowed
    assert fetching.site.asked == []

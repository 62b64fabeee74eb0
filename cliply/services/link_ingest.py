"""The video behind a job's link is fetched and becomes its source."""

import shutil
from pathlib import Path

from sqlalchemy import Engine

from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, SourceId
from cliply.domain.links import LinkFacts
from cliply.domain.media import SourceMedia
from cliply.domain.progress import OnProgress, part_of
from cliply.errors import InvalidInput, MediaError
from cliply.links.addresses import Link, check_link
from cliply.links.fetching import FetchedFiles, fetch, remove_stale_downloads
from cliply.links.rules import LinkRules
from cliply.services.examination import examine_apart
from cliply.services.submission import Offer, examine, stored_source
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore

FETCHED, EXAMINED = 0.9, 0.95
"""Shares of the work: the download, then reading the file once; storing it is the rest."""

ARTIFACT = "link"


def fetch_source(
    engine: Engine, store: ObjectStore, ref: JobRef, rules: LinkRules, on_progress: OnProgress
) -> LinkFacts | None:
    """What the page told; None for a job whose source is there, or is no link.

    The same limits hold as for uploads, and the same media are one source. What was
    downloaded is kept where another attempt may go on from it.

    Raises InvalidInput with the reason when the video is not to be had, Unavailable when
    another attempt may help.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id)
    if job.source_video_id is not None or job.source_url is None:
        return None
    remove_stale_downloads(rules.downloads)
    folder = rules.downloads / ref.job_id.hex
    try:
        link = check_link(job.source_url, rules)
        facts = _take(engine, store, ref, rules, link, folder, job.settings.language, on_progress)
    except InvalidInput:  # nothing goes on from there
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return facts


def _take(
    engine: Engine,
    store: ObjectStore,
    ref: JobRef,
    rules: LinkRules,
    link: Link,
    folder: Path,
    language: str | None,
    on_progress: OnProgress,
) -> LinkFacts:
    fetching = part_of(on_progress, 0.0, FETCHED)
    found = fetch(link, folder, rules, language=language, on_progress=fetching)
    offer = _offered(found, rules, part_of(on_progress, FETCHED, EXAMINED))
    storing = part_of(on_progress, EXAMINED, 1.0)
    source_id = stored_source(engine, store, ref.workspace_id, offer, on_progress=storing)
    kept = found.facts if offer.transcript is not None else _without_captions(found.facts)
    store.put_bytes(artifact_key(ref, ARTIFACT, ".json"), kept.model_dump_json().encode())
    _use(engine, ref, source_id, offer.media)
    return kept


def _use(engine: Engine, ref: JobRef, source_id: SourceId, media: SourceMedia) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id, lock=True)
        source = source_rows.get_source(session, source_id)
        source.media = source.media or media
        job.source_video_id = source_id


def _offered(found: FetchedFiles, rules: LinkRules, on_progress: OnProgress) -> Offer:
    """Captions that can not be used are left behind: what was spoken is recognised then."""
    for captions in (found.captions, None):
        try:
            return _examined(found, captions, rules, on_progress)
        except MediaError as error:
            told = error.message.replace(found.media.name, file_name(found))
            raise MediaError(error.code, told) from error
        except InvalidInput:
            if captions is None:
                raise
    raise AssertionError("the second round returns or raises")


def _examined(
    found: FetchedFiles, captions: Path | None, rules: LinkRules, on_progress: OnProgress
) -> Offer:
    return examine(
        found.media,
        captions,
        limits=rules.limits,
        file_name=file_name(found),
        look=examine_apart,
        on_progress=on_progress,
    )


def _without_captions(facts: LinkFacts) -> LinkFacts:
    return facts.model_copy(update={"captions_language": None, "captions_are_automatic": False})


def file_name(found: FetchedFiles) -> str:
    """As a person would call the file: the video's title."""
    title = found.facts.title.replace("/", "-").strip(". ")[:150]
    return f"{title or 'Video'}{found.media.suffix}"

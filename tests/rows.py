"""Rows and values that many tests need."""

from fractions import Fraction
from uuid import uuid4

from sqlalchemy import Engine

from cliply.db.jobs import get_job
from cliply.db.models import SourceVideo
from cliply.db.session import workspace_session
from cliply.db.sources import find_source, get_source
from cliply.domain.candidates import Candidate, CandidateList, ScoreParts
from cliply.domain.clips import Moment, RenderFiles
from cliply.domain.editing import Edit
from cliply.domain.export import EncoderSpec
from cliply.domain.framing import AspectRatio, FramedSpan, Framing, Layout
from cliply.domain.ids import JobRef, SourceId, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobSettings
from cliply.domain.media import SourceMedia
from cliply.domain.quality import Finding, QualityCheck, QualityReport
from cliply.domain.rendering import Measured, RenderSpec, Toolchain
from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import straight
from cliply.domain.timing import TimeRange
from cliply.services.clips import (
    add_render,
    next_version,
    plan_clips,
    ranked_moments,
    show_version,
)
from cliply.services.jobs import create_job, move_job, store_source
from cliply.services.ranking import Panel, rank_candidates


def new_source(
    engine: Engine,
    workspace_id: WorkspaceId,
    *,
    content_hash: str | None = None,
    transcript_hash: str | None = None,
) -> SourceVideo:
    with workspace_session(engine, workspace_id) as session:
        return store_source(
            session,
            workspace_id,
            source_id=SourceId(uuid4()),
            object_key=f"{workspace_id.hex}/sources/x/source.mp4",
            content_hash=content_hash or uuid4().hex,
            file_name="talk.mp4",
            size_bytes=1234,
            transcript_hash=transcript_hash,
        )


def new_job(engine: Engine, workspace_id: WorkspaceId) -> JobRef:
    """A job with its first event and a run request."""
    source = new_source(engine, workspace_id)
    with workspace_session(engine, workspace_id) as session:
        return create_job(session, source, JobSettings(), with_run_request=True).ref


def rendered_job(
    engine: Engine, workspace_id: WorkspaceId, *starts_ms: int, like: JobRef | None = None
) -> JobRef:
    """A job under review whose clips are rendered, with nothing asked of the graph.

    Its media are new, or those of another job, whoever owns that one.
    """
    content_hash = content_hash_of(engine, like)
    with workspace_session(engine, workspace_id) as session:
        source = find_source(session, content_hash, None) if content_hash else None
    source = source or new_source(engine, workspace_id, content_hash=content_hash)
    with workspace_session(engine, workspace_id) as session:
        settings = JobSettings(max_clips=len(starts_ms))
        ref = create_job(session, source, settings, with_run_request=False).ref
        for clip in plan_clips(session, ref.job_id, moments(*starts_ms), 5):
            version = next_version(session, clip.id)
            spec, files = render_spec(clip.start_ms), render_files(version)
            row = add_render(session, clip.id, version, spec, files, MEASURED, report())
            show_version(session, row, spec.span, None)
        for status in ("ingest", "analyse", "plan", "render", "offer"):
            move_job(session, ref.job_id, JobMove(status))
    return ref


def content_hash_of(engine: Engine, ref: JobRef | None) -> str | None:
    if ref is None:
        return None
    with workspace_session(engine, ref.workspace_id) as session:
        return get_source(session, get_job(session, ref.job_id).source_video_id).content_hash


def moments(*starts_ms: int) -> list[Moment]:
    """The same moments, ranked by their signals."""
    listed = candidates(*starts_ms)
    return ranked_moments(listed, rank_candidates(listed, JobSettings(), Panel()))


def candidates(*starts_ms: int) -> CandidateList:
    """Moments of 20 s, the first being the best."""
    return CandidateList(
        items=tuple(
            Candidate(
                candidate_id=f"m{rank:03d}",
                span=TimeRange(start_ms=start_ms, end_ms=start_ms + 20_000),
                score=0.9 - rank / 100,
                parts=ScoreParts(energy=0.5),
                title=f"From {start_ms}",
                text="Some words.",
                reason="It is loud.",
            )
            for rank, start_ms in enumerate(starts_ms)
        )
    )


def render_spec(start_ms: int, *, crf: int = 20) -> RenderSpec:
    """20 s of a source, shown whole."""
    rate = Fraction(30)
    timeline = straight(TimeRange(start_ms=start_ms, end_ms=start_ms + 20_000), rate)
    shown = FramedSpan(span=timeline.hull, layout=Layout.fit, reason="nobody to follow")
    return RenderSpec(
        toolchain=Toolchain(ffmpeg_version="9.0", ffmpeg_hash="0" * 16, cpu_class="avx2"),
        source_hash="0" * 64,
        source=SourceMedia(container="mp4", duration_ms=60_000, size_bytes=1, bitrate_bps=1),
        title="A title",
        edit=Edit(),
        aspect_ratio=AspectRatio.portrait,
        timeline=timeline,
        framing=Framing(spans=(shown,)),
        cues=(),
        captions=None,
        audio=AudioSpec(),
        encoder=EncoderSpec(width_px=1080, height_px=1920, frame_rate=rate, crf=crf),
    )


def report(*, passed: bool = True) -> QualityReport:
    finding = Finding(
        check=QualityCheck.loudness,
        passed=passed,
        value=-14.1 if passed else -20.0,
        limit=-14.0,
        message="It is as loud as it should be." if passed else "It is too quiet.",
    )
    return QualityReport(findings=(finding,))


def render_files(version: int) -> RenderFiles:
    return RenderFiles(
        video_key=f"v{version}.mp4",
        srt_key=f"v{version}.srt",
        vtt_key=f"v{version}.vtt",
        poster_key=f"v{version}.jpg",
    )


MEASURED = Measured(
    duration_ms=20_000,
    video_duration_ms=20_000,
    audio_duration_ms=20_000,
    width=1080,
    height=1920,
    frames=600,
    size_bytes=1_000_000,
)

"""A render spec becomes a clip: one decode, one encode, one FFmpeg."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
from cliply.errors import ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.media import ffmpeg as tool
from cliply.media.captions import srt_document, vtt_document
from cliply.media.effects.person_mask import person_mask
from cliply.media.effects.person_segmentation import yolo_segmenter
from cliply.media.fonts import FontShelf, install
from cliply.media.invocation import (
    Invocation,
    Places,
    invocation,
    sound_again,
)
from cliply.media.loudness import corrected
from cliply.media.masks import OpenSegmenter, needs_mask, unadorned
from cliply.media.measure import measure
from cliply.media.poster import poster
from cliply.media.quality import Evidence, examine
from cliply.media.reads import Read, reads_of

MASK_SHARE = 0.5
"""Part of the work that a mask of people takes."""

LONGEST_GAP_MS = 40
"""Picture and sound may differ in length by one frame and the rounding of both."""

LEVEL_TRIES = 2
"""A level that is far off lands within a tolerance at the second try: the limiter takes more or
less than it did."""

NOTHING: Mapping[str, Path] = {}


@dataclass(frozen=True)
class Rendered:
    """The files of one rendered clip and what was measured in it."""

    video: Path
    srt: Path
    vtt: Path
    poster: Path
    measured: Measured
    report: QualityReport


@dataclass(frozen=True)
class Job:
    """One render under way."""

    spec: RenderSpec
    reads: tuple[Read, ...]
    places: Places
    shelf: FontShelf
    ffmpeg: Path
    environment: Mapping[str, str]
    segmenter: OpenSegmenter

    def run(self, call: Invocation, on_progress: OnProgress) -> None:
        for name, content in call.files.items():
            (self.places.folder / name).write_bytes(content)
        tool.run(
            self.ffmpeg,
            call.arguments,
            duration_ms=self.spec.timeline.duration_ms,
            timeout_s=300 + 20 * self.spec.timeline.duration_ms / 1000,
            environment=self.environment,
            on_progress=on_progress,
        )


def render(
    spec: RenderSpec,
    source_path: Path,
    folder: Path,
    *,
    ffmpeg: Path,
    shelf: FontShelf,
    attachments: Mapping[str, Path] = NOTHING,
    evidence: Evidence | None = None,
    segmenter: OpenSegmenter = yolo_segmenter,
    on_progress: OnProgress = unwatched,
) -> Rendered:
    """Render one clip into `clip.mp4`, `clip.srt`, `clip.vtt` and `clip.jpg` of a folder.

    `attachments` are the files of the spec's attachments by content hash. The same spec
    gives the same bytes on the same machine. Nothing is in the folder until all of it is
    finished, and nothing stays when anything fails. A clip whose level came out wrong gets
    its sound encoded once more; its report tells.

    Raises MediaError when the source can not be decoded, InvalidInput when an attachment
    is missing or the folder can not be written to, Unavailable when the disk is full or
    FFmpeg hangs.
    """
    _check_attachments(spec, attachments)
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".rendering-") as name:
            job = _prepared(Path(name), spec, source_path, ffmpeg, shelf, attachments, segmenter)
            done = _render(job, evidence or Evidence(), source_path.name, on_progress)
            on_progress(1.0)
            return _moved(done, folder)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                ErrorCode.disk_full, f"The disk of {folder} is full. Free space and try again."
            ) from error
        raise InvalidInput(
            ErrorCode.output_unwritable,
            f"The clip can not be written to {folder}: {error.strerror}. Choose another folder.",
        ) from error


def _check_attachments(spec: RenderSpec, attachments: Mapping[str, Path]) -> None:
    for attachment in spec.attachments:
        path = attachments.get(attachment.content_hash)
        if path is None or not path.is_file():
            raise InvalidInput(
                ErrorCode.attachment_missing,
                f"The {attachment.kind.value} {attachment.content_hash[:12]} that this clip uses "
                "is not there. Add the file again, or take it out of the edit.",
            )


def _prepared(
    scratch: Path,
    spec: RenderSpec,
    source_path: Path,
    ffmpeg: Path,
    shelf: FontShelf,
    attachments: Mapping[str, Path],
    segmenter: OpenSegmenter,
) -> Job:
    reads = reads_of(spec, source_path)
    places = Places(
        source=source_path,
        folder=scratch,
        attachments=attachments,
        can_tonemap={"zscale", "tonemap"} <= tool.filters(ffmpeg),
    )
    refs = (*(spec.captions.fonts if spec.captions else ()), *spec.fonts)
    environment = install([shelf.path_of(ref) for ref in refs], scratch / "fonts")
    return Job(spec, reads, places, shelf, ffmpeg, environment, segmenter)


def _render(job: Job, evidence: Evidence, source_name: str, on_progress: OnProgress) -> Rendered:
    video = job.places.folder / "clip.mp4"
    mask = _mask(job, part_of(on_progress, 0.0, MASK_SHARE)) if needs_mask(job.spec) else None
    call = invocation(job.spec, job.reads, job.places, job.shelf, video, mask)
    job.run(call, part_of(on_progress, MASK_SHARE if mask else 0.0, 0.9))
    measured = measure(video, job.ffmpeg, part_of(on_progress, 0.9, 0.95))
    _check_length(measured, job.spec, source_name)
    measured, repairs = _level_mended(job, video, measured)
    evidence = replace(evidence, source=job.places.source)
    report = examine(video, job.spec, measured, evidence, shelf=job.shelf)
    report = report.model_copy(update={"repairs": (*report.repairs, *repairs)})
    return _with_sidecars(job, video, measured, report)


def _mask(job: Job, on_progress: OnProgress) -> Path:
    """Where the people are in each frame of the body."""
    key, folder = job.spec.effects.key, job.places.folder
    assert key is not None, "a mask is for keying"
    assert key.model is not None, "keying by person has a model"
    plain = unadorned(job.spec)
    body = folder / "body.mp4"
    call = invocation(plain, job.reads, job.places, job.shelf, body)
    replace(job, spec=plain).run(call, part_of(on_progress, 0.0, 0.4))
    with job.segmenter(job.places.attachments[key.model.content_hash]) as segmenter:
        return person_mask(
            body,
            folder / "people.mkv",
            segmenter,
            frames=plain.timeline.frames,
            on_progress=part_of(on_progress, 0.4, 1.0),
        )


def _level_mended(
    job: Job, video: Path, measured: Measured, tries: int = LEVEL_TRIES
) -> tuple[Measured, tuple[str, ...]]:
    """The sound once more with a corrected gain, when its level missed the target; the
    picture is copied."""
    gain = job.spec.audio.gain
    if gain is None or measured.integrated_lufs is None or measured.true_peak_dbtp is None:
        return measured, ()
    better = corrected(gain, measured.integrated_lufs, measured.true_peak_dbtp)
    if better is None or not tries:
        return measured, ()
    audio = job.spec.audio.model_copy(update={"gain": better})
    mending = replace(job, spec=job.spec.model_copy(update={"audio": audio}))
    again = video.with_name("again.mp4")
    call = sound_again(mending.spec, job.reads, job.places, video, again)
    mending.run(call, unwatched)
    mended = measure(again, job.ffmpeg)
    again.replace(video)
    repair = (
        f"The level was {measured.integrated_lufs:.1f} LUFS with peaks of "
        f"{measured.true_peak_dbtp:.1f} dBTP; with {better.gain_db - gain.gain_db:+.1f} dB it is "
        f"{mended.integrated_lufs or 0:.1f} LUFS and {mended.true_peak_dbtp or 0:.1f} dBTP."
    )
    measured, more = _level_mended(mending, video, mended, tries - 1)
    return measured, (repair, *more)


def _check_length(measured: Measured, spec: RenderSpec, source_name: str) -> None:
    apart = abs(measured.video_duration_ms - measured.audio_duration_ms)
    if measured.frames != spec.timeline.frames or apart > LONGEST_GAP_MS:
        raise MediaError(
            ErrorCode.render_failed,
            f"The clip of {source_name} came out with {measured.frames} frames instead of "
            f"{spec.timeline.frames}. Check that the source plays to its end.",
        )


def _with_sidecars(job: Job, video: Path, measured: Measured, report: QualityReport) -> Rendered:
    spec, export = job.spec, job.spec.edit.export
    done = Rendered(
        video,
        video.with_suffix(".srt"),
        video.with_suffix(".vtt"),
        video.with_suffix(".jpg"),
        measured,
        report,
    )
    done.srt.write_text(srt_document(spec.cues), encoding="utf-8")
    done.vtt.write_text(vtt_document(spec.cues), encoding="utf-8")
    title = spec.title if export.poster_title else None
    done.poster.write_bytes(poster(video, at_ms=export.poster_ms, title=title))
    return done


def _moved(done: Rendered, folder: Path) -> Rendered:
    def move(path: Path) -> Path:
        return path.rename(folder / path.name)

    sidecars = move(done.srt), move(done.vtt), move(done.poster)
    return Rendered(move(done.video), *sidecars, done.measured, done.report)

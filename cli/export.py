"""Copies a job's clips out of storage into a folder a person can open."""

import json
import os
import shutil
from pathlib import Path

from cli.installation import Installation
from cliply.domain.candidates import NearMiss, ScoreParts
from cliply.domain.clips import RenderedClip
from cliply.domain.ids import JobRef
from cliply.domain.quality import QualityReport
from cliply.domain.ranking import FAILED, TokenUse
from cliply.domain.rendering import Measured
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import TranscriptQuality
from cliply.domain.value import Value
from cliply.errors import ErrorCode, InvalidInput
from cliply.selection.titles import slug
from cliply.services.results import JobResult, read_result

LISTING = "clips.json"
KINDS = ("mp4", "srt", "vtt", "jpg")


class ClipFiles(Value):
    """Names beside the listing."""

    mp4: str
    srt: str
    vtt: str
    jpg: str


class ListedClip(Value):
    """One clip in `clips.json`."""

    number: int
    files: ClipFiles
    title: str
    description: str
    hashtags: tuple[str, ...]
    span: TimeRange
    score: float
    parts: ScoreParts
    virality: float | None
    coherence: float | None
    reason: str
    text: str
    version: int
    measured: Measured
    needs_attention: bool
    report: QualityReport
    notes: tuple[str, ...]
    """What had to be done otherwise than asked."""
    spec_digest: str
    render_spec: dict[str, object]

    def lines(self) -> list[str]:
        """The clip for the terminal, and below it what a person should look at."""
        name = f"{self.files.mp4}  {self.measured.duration_ms / 1000:5.1f} s  {self.score:.2f}"
        if self.virality is not None and self.coherence is not None:
            name += f"  virality {self.virality:.2f}  coherence {self.coherence:.2f}"
        told = " ".join((self.description, *(f"#{tag}" for tag in self.hashtags))).strip()
        failed = [finding.message for finding in self.report.findings if not finding.passed]
        return [
            name,
            *([f"  {told}"] if told else ()),
            *(f"  note: {note}" for note in (*self.notes, *self.report.repairs)),
            *(f"  needs attention: {message}" for message in failed),
        ]


class Listing(Value):
    """The whole of `clips.json`."""

    job: str
    source: str
    content_hash: str
    duration_ms: int
    transcript_engine: str
    transcript_quality: str
    transcript_refused: tuple[str, ...]
    ranked_by: str
    """Provider and model, or `signals`."""
    ranking_refused: tuple[str, ...]
    """Providers that were asked first, or would have been, and why they did not rank."""
    ranking_notes: tuple[str, ...]
    ranking_uses: tuple[TokenUse, ...]
    warnings: tuple[str, ...]
    empty_because: str | None
    near_misses: tuple[NearMiss, ...]
    clips: tuple[ListedClip, ...]

    def summary(self, folder: Path) -> str:
        """A few lines for the terminal."""
        notes = [f"note: {warning}" for warning in self.warnings]
        if not self.clips:
            return "\n".join([*notes, f"No clips: {self.empty_because}", *self._nearest()])
        lines = [line for clip in self.clips for line in clip.lines()]
        said = f"Transcript: {self.transcript_engine} (quality {self.transcript_quality})"
        if self.transcript_quality == TranscriptQuality.low:
            refused = "".join(f"\n  not {refusal}" for refusal in self.transcript_refused)
            said += f"; many words will be wrong, --transcript or a model mends that{refused}"
        found = f"{len(self.clips)} clips in {folder}"
        return "\n".join([*notes, said, self._ranked(), found, *lines])

    def _nearest(self) -> list[str]:
        """What almost became clips."""
        return [
            f"  nearest: {clock(near.span.start_ms)}-{clock(near.span.end_ms)} "
            f"(score {near.score:.2f}): {near.why_not}"
            for near in self.near_misses
        ]

    def _ranked(self) -> str:
        """Who ranked; why others did not is said of those that were asked."""
        failed = [one for one in self.ranking_refused if f": {FAILED}" in one]
        notes = [f"\n  note: {note}" for note in self.ranking_notes]
        lines = [f"Ranking: {self.ranked_by}", *(f"\n  not {one}" for one in failed), *notes]
        return "".join(lines)


def default_folder(path: Path) -> Path:
    """`clips/<name of the file>` below the current folder."""
    return Path("clips") / slug(path.stem)


def export(installation: Installation, ref: JobRef, folder: Path) -> Listing:
    """Write the clips of a job and `clips.json`; files that are there already stay.

    Files of an earlier listing that the new one does not name are removed. Raises
    InvalidInput when the folder can not be written.
    """
    result = read_result(installation.engine, installation.store, ref)
    listing = make_listing(result)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder, listing)
        for clip, rendered in zip(listing.clips, result.clips, strict=True):
            keys = rendered.files
            for kind, key in zip(
                KINDS, (keys.video_key, keys.srt_key, keys.vtt_key, keys.poster_key), strict=True
            ):
                _copy(installation, key, folder / getattr(clip.files, kind))
        _write(folder / LISTING, listing.model_dump_json(indent=2) + "\n")
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise InvalidInput(
            ErrorCode.output_unwritable,
            f"The clips can not be written to {folder} ({error.strerror}); choose another --out.",
        ) from error
    return listing


def make_listing(result: JobResult) -> Listing:
    """What `clips.json` says of a job."""
    transcript = result.transcript
    return Listing(
        job=str(result.ref.job_id),
        source=result.source.file_name,
        content_hash=result.source.content_hash,
        duration_ms=result.source.media.duration_ms,
        transcript_engine=transcript.engine,
        transcript_quality=transcript.quality.value,
        transcript_refused=tuple(f"{r.engine}: {r.reason}" for r in transcript.refusals),
        ranked_by=result.ranking.ranked_by,
        ranking_refused=tuple(f"{r.engine}: {r.reason}" for r in result.ranking.refusals),
        ranking_notes=result.ranking.notes,
        ranking_uses=result.ranking.uses,
        warnings=(*result.source.media.warnings, *transcript.warnings),
        empty_because=result.candidates.empty_because,
        near_misses=result.candidates.near_misses,
        clips=tuple(map(_listed, result.clips)),
    )


def _listed(clip: RenderedClip) -> ListedClip:
    number = clip.slot + 1
    stem = f"{number:02d}-{slug(clip.title)}"
    return ListedClip(
        number=number,
        files=ClipFiles(**{kind: f"{stem}.{kind}" for kind in KINDS}),
        title=clip.title,
        description=clip.description,
        hashtags=clip.hashtags,
        span=clip.span,
        score=clip.score,
        parts=clip.parts,
        virality=clip.virality,
        coherence=clip.coherence,
        reason=clip.reason,
        text=" ".join(cue.text for cue in clip.spec.cues),
        version=clip.version,
        measured=clip.measured,
        needs_attention=not clip.report.passed,
        report=clip.report,
        notes=clip.notes,
        spec_digest=clip.spec.digest,
        render_spec=clip.spec.model_dump(mode="json"),
    )


def _remove_stale(folder: Path, listing: Listing) -> None:
    """Only what an earlier listing named is ours to remove."""
    earlier = folder / LISTING
    if not earlier.is_file():
        return
    try:
        named = {
            name
            for clip in json.loads(earlier.read_text())["clips"]
            for name in clip["files"].values()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    kept = {getattr(clip.files, kind) for clip in listing.clips for kind in KINDS}
    for name in named - kept:
        if name == os.path.basename(name):
            (folder / name).unlink(missing_ok=True)


def _copy(installation: Installation, key: str, target: Path) -> None:
    """Through a temporary name, so a file is either whole or not there."""
    with installation.store.open_path(key) as source:
        stat = source.stat()
        if target.is_file() and (target.stat().st_size, target.stat().st_mtime_ns) == (
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return
        partial = target.with_name(f".{target.name}.part")
        try:
            shutil.copy2(source, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


def _write(target: Path, text: str) -> None:
    partial = target.with_name(f".{target.name}.part")
    try:
        partial.write_text(text)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)

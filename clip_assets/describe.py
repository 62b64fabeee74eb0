"""What a person sees of each materialisation in the Dagster UI."""

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl

from cliply.domain.audio import AudioFeatures, SoundKind
from cliply.domain.candidates import Candidate, CandidateList
from cliply.domain.clips import RenderedClip
from cliply.domain.faces import FaceTrackList
from cliply.domain.framing import FramedSpan
from cliply.domain.media import SourceMedia
from cliply.domain.mood import MoodSeries
from cliply.domain.quality import Finding, QualityReport
from cliply.domain.ranking import Ranking, TokenUse
from cliply.domain.scenes import SceneList
from cliply.domain.search import IndexedJob
from cliply.domain.sources import SourceVideo
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Refusal, Transcript
from cliply.media.frame_table import count_frames
from cliply.media.mood_picture import mood_picture
from cliply.media.pictures import smaller
from cliply.media.sound_plot import sound_picture
from cliply.media.waveform import waveform_picture

THUMBNAIL_PX = 270

_exact = partial(clock, tenths=True)
Metadata = Mapping[str, dg.MetadataValue | str | int | float | bool]


def describe_source(source: SourceVideo) -> Metadata:
    return {
        "file": source.file_name,
        "duration": _exact(source.media.duration_ms),
        "size_bytes": source.media.size_bytes,
        "video": _video_line(source.media),
        "audio": _audio_line(source.media),
        "subtitle_streams": len(source.media.subtitles),
        "content_hash": source.content_hash,
        "warnings": _lines(source.media.warnings),
    }


def describe_transcript(transcript: Transcript) -> Metadata:
    refusals = [f"{refusal.engine}: {refusal.reason}" for refusal in transcript.refusals]
    return {
        "engine": transcript.engine,
        "model": transcript.model or "none",
        "quality": transcript.quality.value,
        "language": transcript.language,
        "words": len(transcript.words),
        "utterances": len(transcript.utterances),
        "fillers": len(transcript.fillers),
        "refused": _lines(refusals),
        "warnings": _lines(transcript.warnings),
        "text": dg.MetadataValue.md(_excerpt(transcript)),
    }


def describe_audio(features: AudioFeatures) -> Metadata:
    return {
        "state": features.state.value,
        "integrated_lufs": round(features.integrated_lufs, 1),
        "silences": len(features.silences),
        "peaks": len(features.peaks),
        "speech_s": _seconds(features.speech),
        **{kind.value: _event_line(features, kind) for kind in SoundKind},
        "beats": _beat_line(features),
    }


def describe_levels(levels: pl.DataFrame, features: AudioFeatures) -> Metadata:
    picture = sound_picture(levels, features)
    return {"rows": levels.height, "sound": _picture(picture, "png")}


def _event_line(features: AudioFeatures, kind: SoundKind, first: int = 5) -> str:
    """How many there are, and when the first of them begin."""
    spans = [event.span for event in features.events if event.kind is kind]
    if not spans:
        return "none"
    times = ", ".join(_exact(span.start_ms) for span in spans[:first])
    return f"{len(spans)}, {_seconds(spans)} s: at {times}{' …' if len(spans) > first else ''}"


def _beat_line(features: AudioFeatures) -> str:
    grid = features.beats
    return "none" if grid is None else f"{len(grid.beats_ms)} at {grid.tempo_bpm:.1f} BPM"


def describe_scenes(
    scenes: SceneList, contact_sheet: bytes, warnings: Sequence[str] = ()
) -> Metadata:
    return {
        "scenes": len(scenes.scenes),
        "cuts": ", ".join(_exact(time_ms) for time_ms in scenes.cuts_ms[:200]) or "none",
        "detector": scenes.detector,
        "warnings": _lines(warnings),
        "contact_sheet": _picture(contact_sheet, "jpeg"),
    }


def describe_looks(looks: pl.DataFrame) -> Metadata:
    """Means over the whole source."""
    means = {name: looks[name].mean() for name in ("motion", "still", "screen")}
    rounded = {name: round(v, 3) if isinstance(v, float) else 0.0 for name, v in means.items()}
    return {"rows": looks.height, **rounded}


def describe_frames(table: Path) -> Metadata:
    return {"frames": count_frames(table), "size_bytes": table.stat().st_size}


def describe_faces(faces: FaceTrackList, refusals: Sequence[Refusal] = ()) -> Metadata:
    """`refusals` are better detectors that this installation does not use."""
    persons = {track.identity for track in faces.tracks} - {None}
    return {
        "tracks": len(faces.tracks),
        "persons": len(persons),
        "samples": sum(len(track.samples) for track in faces.tracks),
        "detector": faces.detector,
        "refused": _lines([f"{refusal.engine}: {refusal.reason}" for refusal in refusals]),
    }


def describe_index(made: IndexedJob) -> Metadata:
    refusals = [f"{refusal.engine}: {refusal.reason}" for refusal in made.refusals]
    return {
        "chunks": made.chunks,
        "frames": made.frames,
        "model": made.model or "none, words are searched",
        "dimension": made.dimension or 0,
        "reused": ", ".join(made.reused) or "none",
        "refused": _lines(refusals),
    }


def describe_mood(series: MoodSeries) -> Metadata:
    scores = [mood.score for mood in series.moods]
    turn = max(series.moods, key=lambda mood: mood.change, default=None)
    return {
        "lexicon": series.lexicon or "none knows this language",
        "utterances": len(scores),
        "mean": round(sum(scores) / len(scores), 3) if scores else 0.0,
        "sharpest_turn": "none" if turn is None else _exact(turn.span.start_ms),
        "mood": _picture(mood_picture(series), "png"),
    }


def describe_candidates(chosen: CandidateList, levels: pl.DataFrame, duration_ms: int) -> Metadata:
    spans = [item.span for item in chosen.items]
    return {
        "count": len(chosen.items),
        "best_score": chosen.items[0].score if chosen.items else 0.0,
        "empty_because": chosen.empty_because or "",
        "moments": dg.MetadataValue.md(_candidate_table(chosen.items)),
        "waveform": _picture(waveform_picture(levels, duration_ms, spans), "png"),
    }


def describe_ranking(ranking: Ranking, chosen: CandidateList) -> Metadata:
    refusals = [f"{refusal.engine}: {refusal.reason}" for refusal in ranking.refusals]
    return {
        "ranked_by": ranking.ranked_by,
        "refused": _lines(refusals),
        "notes": _lines(ranking.notes),
        "uses": dg.MetadataValue.md(_use_table(ranking.uses)),
        "moments": dg.MetadataValue.md(_ranking_table(ranking, chosen)),
    }


def describe_clip(clip: RenderedClip, poster: bytes, link: str) -> Metadata:
    return {
        "title": clip.title,
        "description": clip.description,
        "hashtags": " ".join(f"#{tag}" for tag in clip.hashtags),
        "virality": clip.virality or 0.0,
        "coherence": clip.coherence or 0.0,
        "reason": clip.reason,
        "span": f"{_exact(clip.span.start_ms)} to {_exact(clip.span.end_ms)}",
        "score": clip.score,
        "version": clip.version,
        "duration_s": clip.measured.duration_ms / 1000,
        "size_bytes": clip.measured.size_bytes,
        "layouts": dg.MetadataValue.md(_layout_table(clip.spec.framing.spans)),
        "notes": _lines(clip.notes),
        "spec_digest": clip.spec.digest,
        "video": dg.MetadataValue.url(link),
        "thumbnail": _picture(smaller(poster, THUMBNAIL_PX), "jpeg"),
    }


def describe_report(report: QualityReport) -> Metadata:
    """A row for each finding; the repairs are those that came before them."""
    return {
        "failed": sum(not finding.passed for finding in report.findings),
        "findings": dg.MetadataValue.md(_finding_table(report.findings)),
        "repairs": _lines(report.repairs),
    }


def _layout_table(spans: Sequence[FramedSpan]) -> str:
    head = "| from | to | layout | why |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {_exact(one.span.start_ms)} | {_exact(one.span.end_ms)} "
        f"| {one.layout.value} | {_cell(one.reason)} |"
        for one in spans
    )


def _finding_table(findings: Sequence[Finding]) -> str:
    head = "| check | passed | value | limit | found |\n|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {one.check.value} | {'yes' if one.passed else 'NO'} "
        f"| {_figure(one.value)} | {_figure(one.limit)} | {_cell(one.message)} |"
        for one in findings
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _video_line(media: SourceMedia) -> str:
    video = media.video
    if video is None:
        return "none"
    rate = round(float(video.frame_rate), 3)
    return f"#{video.index} {video.codec} {video.width}x{video.height} {rate} fps"


def _audio_line(media: SourceMedia) -> str:
    audio = media.audio
    if audio is None:
        return "none"
    return f"#{audio.index} {audio.codec} {audio.sample_rate} Hz, {audio.channels} ch"


def _excerpt(transcript: Transcript, words: int = 120) -> str:
    text = " ".join(word.text for word in transcript.words[:words])
    return f"> {text}{' …' if len(transcript.words) > words else ''}"


def _candidate_table(items: Sequence[Candidate]) -> str:
    head = "| # | from | to | score | title | why |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {place} | {_exact(item.span.start_ms)} | {_exact(item.span.end_ms)} "
        f"| {item.score:.2f} | {_cell(item.title)} | {_cell(item.reason)} |"
        for place, item in enumerate(items, start=1)
    )


def _ranking_table(ranking: Ranking, chosen: CandidateList) -> str:
    head = "| # | from | to | virality | coherence | score | title | hashtags | why |\n"
    head += "|---|---|---|---|---|---|---|---|---|\n"
    by_id = {item.candidate_id: item for item in chosen.items}
    return head + "\n".join(
        f"| {place} | {_exact(by_id[one.candidate_id].span.start_ms)} "
        f"| {_exact(by_id[one.candidate_id].span.end_ms)} "
        f"| {one.virality:.2f} | {one.coherence:.2f} | {by_id[one.candidate_id].score:.2f} "
        f"| {_cell(one.title)} | {' '.join(one.hashtags)} | {_cell(one.reason)} |"
        for place, one in enumerate(ranking.items, start=1)
    )


def _use_table(uses: Sequence[TokenUse]) -> str:
    head = "| provider | model | requests | input | output | USD |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {use.provider} | {_cell(use.model)} | {use.requests} | {use.input_tokens} "
        f"| {use.output_tokens} | {_figure(use.cost_usd) or 'unknown'} |"
        for use in uses
    )


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _picture(data: bytes, kind: str) -> dg.MetadataValue:
    if not data:
        return dg.MetadataValue.text("none")
    return dg.MetadataValue.md(f"![](data:image/{kind};base64,{base64.b64encode(data).decode()})")


def _seconds(spans: Sequence[TimeRange]) -> float:
    return round(sum(span.duration_ms for span in spans) / 1000, 1)


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(lines) or "none"

"""Settles the sound of a clip: spans, levels and moments in clip time, and the gain."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from cliply.domain.attachments import Attachment
from cliply.domain.sound import (
    AudioSettings,
    AudioSpec,
    CensoredSpan,
    MusicSettings,
    Noise,
    NoiseSettings,
    NoiseSpec,
    PlacedSound,
    SoundEffectSettings,
)
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.censoring import censored_spans
from cliply.media.clip_gain import Bed, levelled
from cliply.media.clip_levels import played, silent, without
from cliply.media.envelopes import JOINED_MS, joined
from cliply.media.inserts import insert_track
from cliply.media.levels import LevelMeter
from cliply.media.loudness import Loudness, gain_of, rows_of
from cliply.media.noise_profile import MODEL_DB, NoiseLevel, cleaned, noise_level
from cliply.media.sound_keywords import keyword_sounds

NO_ONSETS = np.zeros(0, np.float32)


def plan_audio(
    settings: AudioSettings,
    *,
    levels: pl.DataFrame | None,
    timeline: Timeline,
    words: Sequence[Word],
    speech: Sequence[TimeRange],
    attachments: Mapping[str, Attachment],
) -> tuple[AudioSpec, tuple[str, ...]]:
    """All that decides the sound of a clip, and what had to be done otherwise than asked.

    `levels`, `words` and `speech` are those of the source, in source time; `levels` is
    None without sound. Raises InvalidInput with the name of the field whose file is
    missing or can not be used.
    """
    if settings.mute or levels is None:
        levels, words, speech = None, (), ()
    spoken = _spoken(words, speech, timeline)
    voice, noise = _voice(settings.noise, levels, spoken, timeline, attachments)
    censored = censored_spans(settings.censor, words, timeline) if settings.censor else ()
    sounds, notes = _sounds(settings.sound_effects, words, timeline)
    spec = AudioSpec(has_source=levels is not None, noise=noise, censored=censored, sounds=sounds)
    voice = without(voice, (one.span for one in censored))
    bed = _bed(settings.music, spoken, attachments)
    return _with_gain(spec, voice, bed, timeline, settings.target_lufs), notes


def _spoken(
    words: Sequence[Word], speech: Sequence[TimeRange], timeline: Timeline
) -> tuple[TimeRange, ...]:
    """Where the clip has a voice in it; short pauses count as speech."""
    spans = speech or [word.span for word in words]
    return joined((place for span in spans for place in timeline.in_clip(span)), JOINED_MS)


def _voice(
    settings: NoiseSettings | None,
    levels: pl.DataFrame | None,
    spoken: Sequence[TimeRange],
    timeline: Timeline,
    attachments: Mapping[str, Attachment],
) -> tuple[Loudness, NoiseSpec | None]:
    """Rows of the source's own sound in the clip, without its noise when that is removed."""
    if levels is None:
        return silent(timeline), None
    rows = played(rows_of(levels), timeline)
    if settings is None:
        return rows, None
    power = 10 ** (levels["rms_dbfs"].to_numpy().astype(np.float64) / 10)
    mean_square = played(Loudness(power, power), timeline).k_power
    noise = noise_level(rows, mean_square, spoken)
    spec = _noise_spec(settings, noise, attachments)
    strength_db = spec.strength_db if spec.method is Noise.spectral else MODEL_DB
    return cleaned(rows, noise, strength_db), spec


def _noise_spec(
    settings: NoiseSettings, noise: NoiseLevel, attachments: Mapping[str, Attachment]
) -> NoiseSpec:
    if settings.method is Noise.spectral:
        return NoiseSpec(
            method=Noise.spectral,
            strength_db=settings.strength_db,
            floor_dbfs=noise.floor_dbfs,
            profile=noise.profile,
        )
    if settings.model is None:
        raise InvalidInput(
            ErrorCode.edit_invalid,
            "audio_suite.noise.model is needed for the method 'model'; name an RNNoise model "
            "or use the method 'spectral'.",
        )
    model = _attached(settings.model, "audio_suite.noise.model", attachments)
    return NoiseSpec(method=Noise.model, strength_db=settings.strength_db, model=model)


def _bed(
    settings: MusicSettings | None,
    spoken: tuple[TimeRange, ...],
    attachments: Mapping[str, Attachment],
) -> Bed | None:
    if settings is None:
        return None
    field = "audio_suite.music.attachment"
    music = _attached(settings.attachment, field, attachments)
    if not music.has_audio:
        raise InvalidInput(
            ErrorCode.attachment_not_audio,
            f"{field} names {settings.attachment!r}, which has no sound; choose a music file.",
        )
    return Bed(settings, music, spoken)


def _attached(name: str, field: str, attachments: Mapping[str, Attachment]) -> Attachment:
    if name not in attachments:
        raise InvalidInput(
            ErrorCode.attachment_missing,
            f"{field} names the file {name!r}, which is not there. Add it or leave the field out.",
        )
    return attachments[name]


def _sounds(
    settings: SoundEffectSettings | None, words: Sequence[Word], timeline: Timeline
) -> tuple[tuple[PlacedSound, ...], tuple[str, ...]]:
    """Effects in clip time, and those whose moment was cut out."""
    if settings is None:
        return (), ()
    sounds = [*keyword_sounds(words, timeline)] if settings.by_keyword else []
    notes = []
    for wanted in settings.placed:
        time_ms = timeline.moment_in_clip(wanted.time_ms)
        if time_ms is None:
            at = clock(wanted.time_ms, tenths=True)
            notes.append(f"The sound {wanted.effect} at {at} is left out: its moment was cut.")
        else:
            sounds.append(wanted.model_copy(update={"time_ms": time_ms}))
    return tuple(sorted(sounds, key=lambda sound: sound.time_ms)), tuple(notes)


def _with_gain(
    spec: AudioSpec, voice: Loudness, bed: Bed | None, timeline: Timeline, target_lufs: float
) -> AudioSpec:
    """The spec with the gain for all that is heard; none when nothing is."""
    inserts = _insert_rows(spec.censored, spec.sounds, timeline, target_lufs)
    if bed:
        gain, music = levelled(voice, bed, inserts, timeline, target_lufs)
        return spec.model_copy(update={"gain": gain, "music": music})
    if not spec.has_source and not spec.sounds:
        return spec
    gain = gain_of(voice, target_lufs, inserts)
    return spec.model_copy(update={"gain": gain})


def _insert_rows(
    censored: Sequence[CensoredSpan],
    sounds: Sequence[PlacedSound],
    timeline: Timeline,
    target_lufs: float,
) -> Loudness:
    """Bleeps and effects are computed here, so their level is known and not foreseen."""
    if not censored and not sounds:
        return silent(timeline)
    meter = LevelMeter()
    meter.feed(insert_track(censored, sounds, target_lufs, timeline.samples))
    rows, count = rows_of(meter.table(NO_ONSETS)), len(silent(timeline).peak)
    missing = max(0, count - len(rows.peak))
    return Loudness(*(np.pad(series[:count], (0, missing)) for series in rows))

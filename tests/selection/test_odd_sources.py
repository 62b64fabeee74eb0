"""Sources that selection must not stumble over (SEL-7, ING-7)."""

import numpy as np
import pytest

from cliply.domain.audio import AudioFeatures, AudioState, SoundEvent, SoundKind
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.domain.timing import TimeRange
from cliply.selection.candidates import select_candidates
from tests.selection.planted import plant
from tests.selection.repeated import repeated
from tests.selection.talks import (
    PLAIN,
    end_of,
    levels_of,
    loud_at,
    no_audio,
    shots,
    talk,
    transcript_of,
    wordless,
)


def test_music_alone_is_cut_at_its_loudest_and_has_no_words() -> None:
    features, levels = loud_at(180_000, (90_000, 110_000))
    music = SoundEvent(
        kind=SoundKind.music, span=TimeRange(start_ms=0, end_ms=180_000), likelihood=0.95
    )
    heard = features.model_copy(update={"events": (music,)})

    chosen = select_candidates(wordless(), heard, levels, shots(180_000), JobSettings(), 180_000)

    best = chosen.items[0]
    assert best.span.overlap_ms(TimeRange(start_ms=90_000, end_ms=110_000)) > 10_000
    assert best.sounds == ()
    assert best.parts.keywords is None
    assert best.text == ""


def test_a_silent_stream_under_moving_pictures_gives_clips() -> None:
    features = AudioFeatures(
        state=AudioState.silent,
        duration_ms=120_000,
        silences=(TimeRange(start_ms=0, end_ms=120_000),),
    )
    levels = levels_of(np.full(1_200, -120, dtype=np.float32))

    chosen = select_candidates(
        wordless(), features, levels, shots(120_000, 40_000, 80_000), JobSettings(), 120_000
    )

    assert chosen.items
    assert all(item.parts.energy is None for item in chosen.items)
    assert all(item.energy_parts is None for item in chosen.items)


def test_a_talk_over_a_black_picture_is_cut_by_its_words() -> None:
    transcript = talk(*[PLAIN] * 30)
    duration_ms = end_of(transcript)

    chosen = select_candidates(
        transcript,
        *loud_at(duration_ms),
        shots(duration_ms, motion=0.0),
        JobSettings(),
        duration_ms,
    )

    assert len(chosen.items) >= 4
    assert all(item.parts.scene_density is None for item in chosen.items)


def test_sound_without_a_picture_needs_no_scenes() -> None:
    transcript = talk(*[PLAIN] * 30)
    duration_ms = end_of(transcript)

    chosen = select_candidates(transcript, *loud_at(duration_ms), None, JobSettings(), duration_ms)

    assert chosen.items
    assert all(item.cuts == 0 for item in chosen.items)


@pytest.mark.parametrize("language", ["ja", "ar", "hi", "xx"])
def test_a_language_nobody_described_still_gives_clips(language: str) -> None:
    sentences = ["この 話 は とても 長い です。", "川 の そば を 歩いて 船 を 見ました。"] * 25
    transcript = talk(*sentences, language=language)
    duration_ms = end_of(transcript)

    chosen = select_candidates(
        transcript, *loud_at(duration_ms), shots(duration_ms), JobSettings(), duration_ms
    )

    assert len(chosen.items) >= 4
    assert all(item.title for item in chosen.items)


def test_words_without_utterances_do_not_stop_the_choice() -> None:
    said = talk(*[PLAIN] * 10)
    transcript = transcript_of(list(said.words), [])
    duration_ms = end_of(said)

    chosen = select_candidates(transcript, *loud_at(duration_ms), None, JobSettings(), duration_ms)

    assert chosen.items


def test_a_single_still_frame_without_sound_says_why_there_is_nothing() -> None:
    chosen = select_candidates(wordless(), *no_audio(40), shots(40, motion=0.0), JobSettings(), 40)

    assert chosen.items == ()
    assert chosen.empty_because


def test_nothing_long_enough_is_told_with_what_came_nearest() -> None:
    transcript = talk(*[PLAIN] * 12)
    duration_ms = end_of(transcript)
    asked = JobSettings(clip_duration=ClipDuration(min=20.001, max=20.002))

    chosen = select_candidates(transcript, *loud_at(duration_ms), None, asked, duration_ms)

    assert chosen.items == ()
    assert chosen.near_misses


def test_what_four_hours_say_again_and_again_is_offered_once() -> None:
    talk = repeated(plant(11, minutes=60), times=4)
    assert talk.duration_ms > 4 * 3_600_000

    chosen = select_candidates(
        talk.transcript, talk.features, talk.levels, talk.scenes, JobSettings(), talk.duration_ms
    )

    assert len(chosen.items) == 15
    first_words = [item.text[:200] for item in chosen.items[:5]]
    assert len(set(first_words)) == 5

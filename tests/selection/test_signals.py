import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.audio import AudioFeatures, AudioState
from cliply.selection.energy import energy, measure_loudness
from cliply.selection.keywords import TriggerKind, find_triggers, topic_weights
from cliply.selection.lexicons import lexicon_of
from cliply.selection.sentiment import measure_mood, moods
from cliply.selection.series import RangeMax, RangeSum
from cliply.selection.signals import scene_density, sentiment_change
from cliply.selection.windows import Windows
from tests.selection.talks import levels_of, loud_at, no_audio, talk, wordless


def windows(*spans: tuple[int, int], words: tuple[tuple[int, int], ...] = ()) -> Windows:
    times = np.array(spans, dtype=np.int64)
    inside = np.array(words or [(0, 0)] * len(spans), dtype=np.int64)
    flaws = np.zeros(len(spans), dtype=np.int64)
    return Windows(times[:, 0], times[:, 1], inside[:, 0], inside[:, 1], flaws, flaws)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=70), st.data())
def test_ranges_agree_with_slices(values: list[float], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(values) - 1))
    end = data.draw(st.integers(first + 1, len(values)))
    series, ask = np.array(values), (np.array([first]), np.array([end]))

    assert RangeMax(series).over(*ask)[0] == max(values[first:end])
    assert RangeSum(series).over(*ask)[0] == pytest.approx(sum(values[first:end]), abs=1e-9)


def test_an_empty_range_has_no_maximum() -> None:
    assert RangeMax(np.ones(4)).over(np.array([2]), np.array([2]))[0] == -np.inf


def test_a_shout_has_more_energy_than_even_speech() -> None:
    loudness = measure_loudness(*loud_at(60_000, (30_000, 34_000)), wordless())

    even, shout = energy(loudness, windows((0, 15_000), (25_000, 40_000))).total

    assert even == 0
    assert shout > 0.9


def test_half_a_second_of_noise_is_not_yet_a_loud_second() -> None:
    loudness = measure_loudness(*loud_at(60_000, (30_000, 30_200)), wordless())

    assert energy(loudness, windows((25_000, 40_000))).total[0] < 0.5


def test_silence_around_a_talk_does_not_make_the_talk_loud() -> None:
    rms = np.full(6000, -120.0, dtype=np.float32)
    rms[1000:1600] = -26
    features = AudioFeatures(state=AudioState.heard, duration_ms=600_000)

    loudness = measure_loudness(features, levels_of(rms), wordless())

    assert energy(loudness, windows((110_000, 140_000))).total[0] == 0


def test_a_source_without_sound_has_no_energy() -> None:
    assert energy(measure_loudness(*no_audio(60_000), wordless()), windows((0, 15_000))) is None


def test_scene_density_is_measured_against_the_source() -> None:
    cuts = [10_000, 50_000, 51_000, 52_000, 53_000, 54_000, 90_000]

    calm, busy, none = scene_density(
        cuts, 120_000, windows((0, 20_000), (45_000, 65_000), (60_000, 80_000))
    )

    assert none == 0 < calm < 0.5 < busy


def test_a_source_without_cuts_has_no_scene_density() -> None:
    assert scene_density([], 60_000, windows((0, 20_000))) is None


def test_a_swing_from_bright_to_dark_is_a_change_of_sentiment() -> None:
    transcript = talk("I love this wonderful day.", "It is a table.", "It was a horrible disaster.")

    flat, swing = sentiment_change(
        measure_mood(transcript),
        transcript,
        windows((0, 9_000), (0, 9_000), words=((5, 9), (0, 14))),
    )

    assert flat == 0
    assert swing > 0.5


def test_moods_lie_between_dark_and_bright() -> None:
    dark, neutral, bright = moods(["horrible, awful disaster", "a table", "wonderful, I love it"])

    assert -1 <= dark < neutral == 0 < bright <= 1


def test_a_source_without_words_has_no_sentiment() -> None:
    assert sentiment_change(measure_mood(wordless()), wordless(), windows((0, 9_000))) is None


def test_triggers_are_found_by_kind_and_phrases_count_once() -> None:
    hits = find_triggers(
        ["The", "truth", "is", "3", "people", "never", "asked,", "why?"], lexicon_of("en")
    )

    assert [(hit.word, hit.kind, hit.text) for hit in hits] == [
        (0, TriggerKind.strong, "the truth is"),
        (3, TriggerKind.number, "3"),
        (5, TriggerKind.strong, "never"),
        (7, TriggerKind.strong, "why"),
        (7, TriggerKind.question, "why"),
    ]


def test_a_language_without_a_lexicon_has_only_questions_and_numbers() -> None:
    hits = find_triggers(["die", "never", "20", "Leute,", "warum?"], lexicon_of("sw"))

    assert [hit.kind for hit in hits] == [TriggerKind.number, TriggerKind.question]


def test_terms_of_one_minute_of_the_talk_stand_out() -> None:
    words = ["nothing", "special"] * 30 + ["photosynthesis"] * 4 + ["nothing", "special"] * 30
    starts = [index * 2_500 for index in range(len(words))]

    weights = topic_weights(words, starts, lexicon_of("en"))

    assert weights[60] > 0.2
    assert weights[0] < 0.1


def test_short_talks_have_no_terms_of_their_own() -> None:
    assert not topic_weights(
        ["photosynthesis"] * 8, [i * 1000 for i in range(8)], lexicon_of("en")
    ).any()

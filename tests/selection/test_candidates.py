from itertools import combinations, pairwise

import polars as pl
import pytest

from cliply.domain.audio import AudioFeatures, AudioPeak
from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript
from cliply.selection.candidates import select_candidates
from tests.selection.talks import (
    PLAIN,
    end_of,
    loud_at,
    no_audio,
    shots,
    talk,
    wordless,
)

Sound = tuple[AudioFeatures, pl.DataFrame]


def select(
    transcript: Transcript,
    sound: Sound,
    duration_ms: int,
    scenes: SceneList | None = None,
    **settings: object,
) -> CandidateList:
    features, levels = sound
    asked = JobSettings.model_validate(settings)
    return select_candidates(transcript, features, levels, scenes, asked, duration_ms)


def test_a_planted_loud_moment_full_of_keywords_comes_first() -> None:
    moment = [
        "Why did nobody tell us this secret?",
        "It was the worst mistake of my life!",
        "We lost a million dollars and I hate it.",
        "The truth is shocking and incredible.",
    ]
    transcript = talk(*[PLAIN] * 20, *moment, *[PLAIN] * 30)
    planted = TimeRange(
        start_ms=transcript.span_of(transcript.utterances[20]).start_ms,
        end_ms=transcript.span_of(transcript.utterances[23]).end_ms,
    )
    duration_ms = end_of(transcript)
    sound = loud_at(duration_ms, (planted.start_ms, planted.end_ms))

    chosen = select(transcript, sound, duration_ms)

    best, second = chosen.items[:2]
    assert best.span.overlap_ms(planted) > 0.9 * planted.duration_ms
    assert best.score > 2 * second.score
    assert "secret" in best.reason
    assert best.reason.startswith("Very loud at 1:")
    assert best.title == "Why did nobody tell us this secret?"


def test_the_score_is_the_weighted_parts_less_the_penalties() -> None:
    transcript = talk(*[PLAIN] * 20)
    duration_ms = end_of(transcript)

    best = select(transcript, loud_at(duration_ms, (9000, 12000)), duration_ms).items[0]

    assert best.parts.energy is not None
    assert best.parts.scene_density is None
    assert best.parts.game_events is None
    assert best.score == pytest.approx(best.parts.total, abs=1e-4)
    assert best.text.startswith("we walked along")


def test_candidates_begin_and_end_with_sentences() -> None:
    transcript = talk(*[PLAIN] * 40)
    firsts = {transcript.span_of(u).start_ms for u in transcript.utterances}
    lasts = {transcript.span_of(u).end_ms for u in transcript.utterances}
    duration_ms = end_of(transcript)

    items = select(transcript, loud_at(duration_ms), duration_ms).items

    assert items
    for item in items:
        assert item.span.start_ms == 0 or item.span.start_ms + 200 in firsts
        assert item.span.end_ms == duration_ms or item.span.end_ms - 300 in lasts


def test_the_ends_of_a_candidate_snap_to_cuts_nearby() -> None:
    transcript = talk(*[PLAIN] * 12)
    spans = [transcript.span_of(utterance) for utterance in transcript.utterances]
    cuts = [span.start_ms - 450 for span in spans[1:]]
    duration_ms = end_of(transcript)

    items = select(transcript, loud_at(duration_ms), duration_ms, shots(duration_ms, *cuts)).items

    inner = {item.span.start_ms for item in items} - {200}
    assert inner
    assert inner <= set(cuts)


def test_a_question_is_not_parted_from_its_answer() -> None:
    sentences = [PLAIN, PLAIN, "so why is the sea always salty then my friends?", PLAIN] * 6
    transcript = talk(*sentences)
    duration_ms = end_of(transcript)

    items = select(transcript, loud_at(duration_ms), duration_ms).items

    assert items
    assert not any(item.text.endswith("?") for item in items)


def test_a_short_talk_gives_several_clips_instead_of_one_long_one() -> None:
    transcript = talk(*[PLAIN] * 22)
    duration_ms = end_of(transcript)
    assert 80_000 < duration_ms < 90_000

    assert len(select(transcript, loud_at(duration_ms), duration_ms).items) >= 4


def test_up_to_three_candidates_are_offered_for_each_clip() -> None:
    transcript = talk(*[PLAIN] * 120)
    duration_ms = end_of(transcript)

    items = select(transcript, loud_at(duration_ms), duration_ms, max_clips=4).items

    assert len(items) == 12
    assert [item.candidate_id for item in items] == [f"m{rank:03d}" for rank in range(12)]
    assert [item.score for item in items] == sorted((i.score for i in items), reverse=True)
    assert not any(one.span.overlaps(other.span) for one, other in combinations(items, 2))


def test_candidates_of_a_long_talk_keep_their_distance() -> None:
    transcript = talk(*[PLAIN] * 500)
    duration_ms = end_of(transcript)

    items = select(transcript, loud_at(duration_ms), duration_ms, max_clips=2).items

    spans = sorted((item.span for item in items), key=lambda span: span.start_ms)
    assert len(spans) == 6
    assert all(b.start_ms - a.end_ms >= 25_000 for a, b in pairwise(spans))


def test_a_source_shorter_than_a_clip_is_one_candidate() -> None:
    transcript = talk("And so my fellow Americans.", "Ask what you can do for your country.")

    chosen = select(transcript, loud_at(9000), 9000)

    assert [item.span for item in chosen.items] == [TimeRange(start_ms=0, end_ms=9000)]
    assert chosen.items[0].title == "Ask what you can do for your country"


def test_a_silent_film_is_cut_at_its_cuts() -> None:
    cuts = list(range(4000, 120_000, 4000))
    chosen = select(wordless(), no_audio(120_000), 120_000, shots(120_000, *cuts))

    assert len(chosen.items) >= 4
    for item in chosen.items:
        assert {item.span.start_ms, item.span.end_ms} <= {0, 120_000, *cuts}
        assert item.title.startswith("Moment at ")
        assert item.parts.energy is None
        assert item.parts.keywords is None


def test_sound_without_words_or_picture_is_cut_around_its_peak() -> None:
    features, levels = loud_at(120_000, (60_000, 62_000))
    peaked = features.model_copy(update={"peaks": (AudioPeak(time_ms=61_000, rise_db=14),)})

    best = select(wordless(), (peaked, levels), 120_000).items[0]

    assert best.span.contains(60_000)
    assert best.span.contains(62_000)


def test_one_long_moving_shot_without_sound_still_gives_clips() -> None:
    chosen = select(wordless(), no_audio(100_000), 100_000, shots(100_000))

    assert len(chosen.items) >= 4


def test_a_silent_still_picture_has_no_candidate_and_says_why() -> None:
    chosen = select(wordless(), no_audio(60_000), 60_000, shots(60_000, motion=0.0))

    assert chosen.items == ()
    assert chosen.empty_because is not None
    assert "1:00" in chosen.empty_because
    assert chosen.near_misses
    assert chosen.near_misses[0].why_not == "Nothing goes on in 100% of it."


def test_a_short_silent_still_picture_has_no_candidate_either() -> None:
    chosen = select(wordless(), no_audio(8_000), 8_000, shots(8_000, motion=0.0))

    assert chosen.items == ()
    assert chosen.empty_because


def test_a_silent_stretch_after_a_talk_is_left_out() -> None:
    transcript = talk(*[PLAIN] * 12)
    duration_ms = end_of(transcript) + 600_000
    features, levels = loud_at(duration_ms, (0, end_of(transcript)), level_dbfs=-90, loud_dbfs=-26)

    items = select(transcript, (features, levels), duration_ms, shots(duration_ms)).items

    assert items
    assert all(item.text for item in items)


def test_lengths_that_fit_no_pause_are_told_with_the_nearest_misses() -> None:
    transcript = talk(*[PLAIN] * 10)
    duration_ms = end_of(transcript)
    exact = ClipDuration(min=17.123, max=17.124)

    chosen = select(transcript, loud_at(duration_ms), duration_ms, clip_duration=exact)

    assert chosen.items == ()
    assert chosen.empty_because
    assert "allow a wider range" in chosen.empty_because
    assert chosen.near_misses
    assert "too" in chosen.near_misses[0].why_not


def test_another_language_has_no_mood_but_has_questions() -> None:
    transcript = talk(*["Warum ist das Meer eigentlich so salzig?", PLAIN] * 10, language="de")
    duration_ms = end_of(transcript)

    best = select(transcript, loud_at(duration_ms), duration_ms).items[0]

    assert best.parts.sentiment_change is None
    assert best.parts.keywords
    assert "questions" in best.reason


def test_captions_without_marks_or_pauses_still_give_clips() -> None:
    transcript = talk(" ".join(["we walked along the river and looked at boats"] * 40))
    duration_ms = end_of(transcript)

    chosen = select(transcript, loud_at(duration_ms), duration_ms)

    assert len(chosen.items) >= 2
    assert "cut where nobody pauses" in chosen.items[0].reason

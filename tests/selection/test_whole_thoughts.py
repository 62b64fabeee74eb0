"""Windows end after answers and laughter, and do not begin in the middle of a thought."""

from dataclasses import replace

import numpy as np
import pytest

from cliply.domain.audio import SoundEvent, SoundKind
from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import JobSettings
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript
from cliply.selection.candidates import select_candidates
from cliply.selection.edges import Edge, Edges, Flaw
from cliply.selection.windows import pair
from tests.selection.talks import PLAIN, end_of, loud_at, shots, talk


def laugh(start_ms: int, end_ms: int, likelihood: float = 0.9) -> SoundEvent:
    span = TimeRange(start_ms=start_ms, end_ms=end_ms)
    return SoundEvent(kind=SoundKind.laughter, span=span, likelihood=likelihood)


def select(
    transcript: Transcript, *events: SoundEvent, cuts_ms: tuple[int, ...] = (), **settings: object
) -> CandidateList:
    duration_ms = end_of(transcript)
    features, levels = loud_at(duration_ms)
    heard = features.model_copy(update={"events": events})
    scenes = shots(duration_ms, *cuts_ms)
    asked = JobSettings.model_validate(settings)
    return select_candidates(transcript, heard, levels, scenes, asked, duration_ms)


def joke(pause_ms: int = 4_000) -> tuple[Transcript, int]:
    """A talk with a long pause after its twelfth sentence, and where that sentence ends."""
    before, after = talk(*[PLAIN] * 12), talk(*[PLAIN] * 12)
    told_ms = before.words[-1].span.end_ms
    by_ms = told_ms + pause_ms - after.words[0].span.start_ms
    words = [
        replace(
            word,
            span=TimeRange(start_ms=word.span.start_ms + by_ms, end_ms=word.span.end_ms + by_ms),
        )
        for word in after.words
    ]
    utterances = [
        one.model_copy(
            update={"first": one.first + len(before.words), "last": one.last + len(before.words)}
        )
        for one in after.utterances
    ]
    return (
        before.model_copy(
            update={
                "words": (*before.words, *words),
                "utterances": (*before.utterances, *utterances),
            }
        ),
        told_ms,
    )


def test_laughter_after_the_last_sentence_belongs_to_the_clip() -> None:
    transcript, told_ms = joke()

    chosen = select(transcript, laugh(told_ms + 200, told_ms + 2_600))

    best = chosen.items[0]
    assert best.span.contains(told_ms)
    assert best.span.end_ms >= told_ms + 2_600
    assert "Laughter at" in best.reason
    assert best.energy_parts is not None
    assert best.energy_parts.reactions > 0.5 > best.energy_parts.loudness
    assert [event.kind for event in best.sounds] == [SoundKind.laughter]


def test_the_laugh_of_the_last_sentence_is_kept_where_a_clip_ends_with_it() -> None:
    transcript, told_ms = joke()

    chosen = select(transcript, laugh(told_ms + 200, told_ms + 2_600), max_clips=8)

    ends = [item.span.end_ms for item in chosen.items]
    assert not any(told_ms <= end_ms < told_ms + 2_600 for end_ms in ends)


def test_applause_without_end_does_not_stretch_a_clip_beyond_a_few_seconds() -> None:
    transcript, told_ms = joke(pause_ms=30_000)

    chosen = select(transcript, laugh(told_ms + 200, told_ms + 29_000))

    (best,) = [item for item in chosen.items if item.span.contains(told_ms)]
    assert best.span.end_ms <= told_ms + 6_500


def test_a_doubtful_laugh_changes_nothing() -> None:
    transcript, told_ms = joke()

    assert select(transcript, laugh(told_ms + 200, told_ms + 2_600, 0.3)).items == (
        select(transcript).items
    )


def test_a_question_at_the_end_brings_its_answer_along() -> None:
    closes = Edges.of([Edge(20_000, 5, Flaw.unanswered), Edge(26_000, 7, Flaw.none)])
    opens = Edges.of([Edge(0, 0, Flaw.none)])

    assert pair(opens, closes, 15_000, 90_000).end_ms.tolist() == [26_000]
    assert pair(opens, closes, 15_000, 25_000).end_ms.tolist() == [20_000]


def test_a_beginning_with_and_reaches_back_to_the_sentence_it_leans_on() -> None:
    opens = Edges.of([Edge(0, 0, Flaw.none), Edge(6_000, 3, Flaw.continuation)])
    closes = Edges.of([Edge(30_000, 9, Flaw.none)])

    assert pair(opens, closes, 15_000, 90_000).start_ms.tolist() == [0]
    assert pair(opens, closes, 15_000, 25_000).start_ms.tolist() == [6_000]


@pytest.mark.parametrize(
    ("language", "lean"),
    [("en", "Um, and so"), ("de", "Und dann"), ("fr", "Et alors"), ("es", "Pero entonces")],
)
def test_no_clip_opens_with_a_word_that_leans_back(language: str, lean: str) -> None:
    sentences = [PLAIN, f"{lean} we walked home along the river that evening."] * 15
    transcript = talk(*sentences, language=language)

    items = select(transcript).items

    assert items
    assert not any(item.text.startswith(lean) for item in items)


def test_noise_between_sentences_is_no_energy_and_a_shouted_sentence_is() -> None:
    transcript, told_ms = joke(pause_ms=6_000)
    duration_ms = end_of(transcript)
    scenes = shots(duration_ms)
    shouted = transcript.span_of(transcript.utterances[18])
    noise = (told_ms + 1_500, told_ms + 4_500)
    features, levels = loud_at(duration_ms, noise, (shouted.start_ms, shouted.end_ms))

    best = select_candidates(
        transcript, features, levels, scenes, JobSettings(max_clips=1), duration_ms
    ).items[0]

    assert best.span.contains(shouted.start_ms)
    assert "ery loud at" in best.reason


def test_what_is_said_twice_is_offered_once() -> None:
    rng = np.random.default_rng(0)
    things = [f"{a}{b}" for a in ("ra", "to", "ki", "lu") for b in ("mon", "ser", "dal", "vin")]
    filler = [f"we saw the {rng.choice(things)} near a {rng.choice(things)}." for _ in range(60)]
    advert = [
        "The truth is that nobody ever told you this incredible secret!",
        "Why did it take a million dollars to find the biggest mistake?",
        "It is the worst lie, and the craziest trick of all, number one.",
        "Turns out the proof was never hidden.",
    ]
    transcript = talk(*filler[:30], *advert, *filler[30:], *advert, *filler[:8])

    items = select(transcript, max_clips=2).items

    best = [item for item in items[:2] if "incredible secret" in item.text]
    assert len(best) == 1

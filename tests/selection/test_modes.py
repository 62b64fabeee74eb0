"""What a tenant may ask for instead of the best moments (SEL-5), and its absence (SEL-7)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import MAX_SLOTS, JobSettings
from cliply.domain.selection import SelectionSettings
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript
from cliply.errors import ErrorCode, InvalidInput
from cliply.selection.candidates import select_candidates
from cliply.selection.given_spans import check_spans
from tests.selection.planted import PlantedTalk, plant
from tests.selection.talks import PLAIN, end_of, loud_at, no_audio, shots, talk, wordless

PRICES = "The pricing of the tickets was the hardest part for us."


def select(transcript: Transcript, relevance=(), **selection: object) -> CandidateList:
    duration_ms = end_of(transcript)
    features, levels = loud_at(duration_ms)
    asked = JobSettings(selection=SelectionSettings.model_validate(selection))
    return select_candidates(
        transcript, features, levels, shots(duration_ms), asked, duration_ms, relevance=relevance
    )


def span(start_s: float, end_s: float) -> TimeRange:
    return TimeRange(start_ms=round(start_s * 1000), end_ms=round(end_s * 1000))


def spans_of(chosen: CandidateList) -> list[TimeRange]:
    return [item.span for item in chosen.items]


@pytest.mark.parametrize("topic", ["pricing", "Prices", "PRICED", "ticket pricing"])
def test_a_topic_is_found_in_any_form_of_its_words(topic: str) -> None:
    sentence = "They price it high, our ticket-pricing experts say."
    transcript = talk(*[PLAIN] * 20, sentence, *[PLAIN] * 20)

    items = select(transcript, mode="topics", topics=(topic,)).items

    assert len(items) == 1
    assert sentence in items[0].text
    assert items[0].reason.startswith(f"Says “{topic}” at 1:")
    assert items[0].relevance


@pytest.mark.parametrize(
    ("language", "topic", "said"),
    [
        ("fr", "été", "Nous parlons de l'été, des ETES passés et du soleil."),
        ("de", "Preis", "Die Preise sind für uns alle gestiegen."),
        ("es", "economía", "La ECONOMIA de las ciudades cambia."),
    ],
)
def test_accents_and_case_do_not_matter(language: str, topic: str, said: str) -> None:
    transcript = talk(*[PLAIN] * 10, said, *[PLAIN] * 10, language=language)

    (item,) = select(transcript, mode="topics", topics=(topic,)).items

    assert said in item.text


def test_more_of_a_topic_is_better_and_each_topic_is_told() -> None:
    once = [PLAIN] * 5 + [PRICES] + [PLAIN] * 15
    often = [PRICES, "Prices again, and a price for boats."] * 2 + [PLAIN] * 15
    transcript = talk(*once, *often)

    items = select(transcript, mode="topics", topics=("price", "boat")).items

    assert "Prices again" in items[0].text
    assert "“price” at" in items[0].reason
    assert "“boat” at" in items[0].reason
    assert all(item.relevance for item in items)


def test_a_topic_that_nobody_says_ends_with_a_sentence_and_near_misses() -> None:
    transcript = talk(*[PLAIN] * 10, "A pricey riverboat passed by.", *[PLAIN] * 10)

    chosen = select(transcript, mode="topics", topics=("priced-out", "rivers boat"))

    assert chosen.items == ()
    assert chosen.empty_because
    assert "Nobody says “priced-out” or “rivers boat”" in chosen.empty_because
    assert any("riverboat" in miss.why_not for miss in chosen.near_misses)


def test_a_topic_like_nothing_that_is_said_shows_the_best_moments_instead() -> None:
    chosen = select(talk(*[PLAIN] * 20), mode="topics", topics=("xylophone",))

    assert chosen.items == ()
    assert chosen.empty_because
    assert chosen.near_misses
    assert "about something else" in chosen.near_misses[0].why_not


def test_a_topic_in_a_silent_film_is_answered_with_what_is_missing() -> None:
    asked = JobSettings(selection=SelectionSettings(mode="topics", topics=("pricing",)))

    chosen = select_candidates(wordless(), *no_audio(60_000), shots(60_000, 20_000), asked, 60_000)

    assert chosen.items == ()
    assert chosen.empty_because
    assert "No words of this source are known" in chosen.empty_because


def test_a_prompt_takes_what_search_found_relevant() -> None:
    transcript = talk(*[PLAIN] * 60)
    found = ((span(100, 125), 0.9), (span(30, 50), 0.5), (span(180, 190), 0.1))

    items = select(transcript, found, mode="prompt", prompt="the boats").items

    assert items[0].span.overlap_ms(span(100, 125)) > 12_000
    assert items[0].relevance
    assert items[0].relevance > 0.7
    assert items[0].reason.startswith("Answers “the boats” best at 1:")
    for item in items:
        assert any(item.span.overlaps(one) for one, _ in found[:2])


def test_a_prompt_that_nothing_answers_ends_with_a_sentence_and_near_misses() -> None:
    transcript = talk(*[PLAIN] * 30)

    weak = select(transcript, ((span(40, 60), 0.2),), mode="prompt", prompt="the pricing")
    nothing = select(transcript, (), mode="prompt", prompt="the pricing")

    assert weak.items == nothing.items == ()
    assert weak.empty_because
    assert "Nothing in this source answers “the pricing”" in weak.empty_because
    assert [miss.span for miss in weak.near_misses] == [span(40, 60)]
    assert nothing.near_misses


def test_given_spans_are_kept_as_they_are_in_the_order_of_time() -> None:
    transcript = talk(*[PLAIN] * 30)
    end_s = end_of(transcript) / 1000

    chosen = select(
        transcript, mode="spans", spans=(span(60, 64.5), span(10.1, 20), span(end_s - 6, 999))
    )

    assert spans_of(chosen) == [span(10.1, 20), span(60, 64.5), span(end_s - 6, end_s)]
    assert [item.candidate_id for item in chosen.items] == ["m000", "m001", "m002"]
    assert all(item.reason.startswith("Chosen by you") for item in chosen.items)
    assert chosen.items[0].text in " ".join([PLAIN] * 5)


def test_a_given_span_that_cuts_a_word_is_kept_and_says_so() -> None:
    transcript = talk(*[PLAIN] * 10)
    word = transcript.words[7]
    middle_ms = (word.span.start_ms + word.span.end_ms) // 2

    (item,) = select(
        transcript, mode="spans", spans=(TimeRange(start_ms=middle_ms, end_ms=9_000),)
    ).items

    assert item.span.start_ms == middle_ms
    assert f"it cuts into “{word.text}” at its beginning" in item.reason


@pytest.mark.parametrize(
    ("spans", "named"),
    [
        ((span(70, 80),), "1:10.0 to 1:20.0 begins after the end of the source (1:00.0)"),
        ((span(58, 70),), "has 2 s of the source"),
        ((span(5, 7),), "has 2 s of the source"),
        ((span(20, 30), span(5, 21)), "0:05.0 to 0:21.0 and 0:20.0 to 0:30.0 overlap"),
        ((span(20, 30), span(20, 30)), "overlap"),
    ],
)
def test_a_span_that_can_not_be_cut_is_refused_with_its_reason(
    spans: tuple[TimeRange, ...], named: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_spans(spans, 60_000)

    assert refused.value.code is ErrorCode.span_invalid
    assert named in refused.value.message


@pytest.fixture(scope="module")
def lecture() -> PlantedTalk:
    return plant(0, minutes=30)


def chapters_of(talk: PlantedTalk) -> CandidateList:
    asked = JobSettings(selection=SelectionSettings(mode="chapters"))
    return select_candidates(
        talk.transcript, talk.features, talk.levels, talk.scenes, asked, talk.duration_ms
    )


def test_chapters_begin_where_the_subject_changes(lecture: PlantedTalk) -> None:
    starts = [one.start_ms for one in spans_of(chapters_of(lecture))[1:]]

    found = [any(abs(start - shift) < 12_000 for start in starts) for shift in lecture.shifts_ms]
    true = [any(abs(start - shift) < 12_000 for shift in lecture.shifts_ms) for start in starts]
    assert len(lecture.shifts_ms) > 4
    assert sum(found) >= 0.8 * len(found)
    assert sum(true) >= 0.6 * len(true)


def test_chapters_are_the_whole_source_and_cut_no_word(lecture: PlantedTalk) -> None:
    chosen = chapters_of(lecture)

    spans = spans_of(chosen)
    assert (spans[0].start_ms, spans[-1].end_ms) == (0, lecture.duration_ms)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(spans))
    assert all(60_000 <= one.duration_ms <= 600_000 for one in spans)
    starts = {one.start_ms for one in spans}
    for word in lecture.transcript.words:
        assert not any(word.span.start_ms < start < word.span.end_ms for start in starts)
    assert chosen.items[1].reason.startswith(f"Chapter 2 of {len(spans)}; about “")
    assert len({item.title for item in chosen.items}) > len(spans) / 2


def test_a_short_source_is_one_chapter() -> None:
    assert len(select(talk(*[PLAIN] * 20), mode="chapters").items) == 1


@given(
    minutes=st.floats(0.1, 400),
    cuts=st.lists(st.floats(0, 1), max_size=40),
    sentences=st.integers(0, 12),
)
@settings(max_examples=25, deadline=None)
def test_chapters_of_any_source_are_without_gaps_and_fit_the_slots(
    minutes: float, cuts: list[float], sentences: int
) -> None:
    transcript = talk(*[PLAIN] * sentences) if sentences else wordless()
    spoken_ms = end_of(transcript) if sentences else 0
    duration_ms = max(round(minutes * 60_000), spoken_ms, 5_000)
    inner = sorted({1 + int(cut * (duration_ms - 2)) for cut in cuts})
    asked = JobSettings(selection=SelectionSettings(mode="chapters"))

    chosen = select_candidates(
        transcript, *no_audio(duration_ms), shots(duration_ms, *inner), asked, duration_ms
    )

    spans = spans_of(chosen)
    assert 1 <= len(spans) <= MAX_SLOTS
    assert (spans[0].start_ms, spans[-1].end_ms) == (0, duration_ms)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(spans))

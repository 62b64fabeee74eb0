from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliply.domain.audio import AudioFeatures, AudioState, SoundEvent, SoundKind
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Utterance, Word
from cliply.selection.candidates import select_candidates
from tests.selection.talks import levels_of, shots, transcript_of

TEXTS = ("secret", "river", "why?", "home.", "and", "1000", "terrible!", "nice,", "ok")


@st.composite
def transcripts(draw: st.DrawFn, duration_ms: int) -> Transcript:
    gaps = st.sampled_from([0, 0, 40, 120, 300, 900, 4000, 12_000])
    words: list[Word] = []
    utterances: list[Utterance] = []
    now, first = draw(gaps), 0
    for _ in range(draw(st.integers(0, 120))):
        length = draw(st.integers(60, 900))
        if now + length > duration_ms:
            break
        text = draw(st.sampled_from(TEXTS))
        words.append(Word(text=text, span=TimeRange(start_ms=now, end_ms=now + length)))
        now += length + draw(gaps)
        if text.endswith((".", "?", "!")):
            utterances.append(Utterance(first=first, last=len(words) - 1, is_sentence=True))
            first = len(words)
    if first < len(words):
        utterances.append(Utterance(first=first, last=len(words) - 1, is_sentence=False))
    return transcript_of(words, utterances)


@st.composite
def sound_events(draw: st.DrawFn, duration_ms: int) -> tuple[SoundEvent, ...]:
    starts = draw(st.lists(st.integers(0, duration_ms - 100), max_size=8, unique=True))
    return tuple(
        SoundEvent(
            kind=draw(st.sampled_from(list(SoundKind))),
            span=TimeRange(
                start_ms=start, end_ms=min(duration_ms, start + draw(st.integers(100, 9_000)))
            ),
            likelihood=draw(st.floats(0, 1)),
        )
        for start in sorted(starts)
    )


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_candidates_are_bounded_apart_ordered_and_cut_no_word(data: st.DataObject) -> None:
    duration_ms = data.draw(st.integers(5_000, 150_000))
    transcript = data.draw(transcripts(duration_ms))
    cuts = data.draw(st.sets(st.integers(1, duration_ms - 1), max_size=12))
    levels = data.draw(st.lists(st.floats(-90, -3, width=32), max_size=60))
    rms = np.repeat(np.array(levels, dtype=np.float32), 25)[: duration_ms // 100]
    state = data.draw(st.sampled_from(list(AudioState)))
    silences = tuple(
        TimeRange(start_ms=start, end_ms=start + 400)
        for start in range(0, duration_ms - 500, data.draw(st.integers(1_000, 30_000)))
    )
    events = data.draw(sound_events(duration_ms))
    features = AudioFeatures(state=state, duration_ms=duration_ms, silences=silences, events=events)
    shortest = data.draw(st.integers(3, 40))
    lengths = ClipDuration(min=shortest, max=shortest + data.draw(st.integers(0, 60)))
    asked = JobSettings(clip_duration=lengths, max_clips=data.draw(st.integers(1, 5)))
    scenes = shots(duration_ms, *sorted(cuts), motion=data.draw(st.sampled_from([0.0, 5.0])))
    inputs = (transcript, features, levels_of(rms), scenes, asked, duration_ms)

    chosen = select_candidates(*inputs)

    assert chosen == select_candidates(*inputs)
    assert bool(chosen.items) == (chosen.empty_because is None)
    assert len(chosen.items) <= 3 * asked.max_clips
    assert all(one.score >= other.score for one, other in pairwise(chosen.items))
    assert not any(a.span.overlaps(b.span) for a, b in combinations(chosen.items, 2))
    least_ms = min(lengths.min * 1000, duration_ms)
    for item in chosen.items:
        assert item.span.end_ms <= duration_ms
        assert least_ms <= item.span.duration_ms <= lengths.max * 1000
        assert 0 < len(item.title) <= 60
        assert item.score == pytest.approx(item.parts.total * item.completeness, abs=2e-4)
        assert item.reason
        for word in transcript.words:
            for edge in (item.span.start_ms, item.span.end_ms):
                assert not word.span.start_ms < edge < word.span.end_ms


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_question_is_the_end_only_where_its_answer_does_not_fit(data: st.DataObject) -> None:
    duration_ms = data.draw(st.integers(30_000, 150_000))
    transcript = data.draw(transcripts(duration_ms))
    features = AudioFeatures(state=AudioState.heard, duration_ms=duration_ms)
    levels = levels_of(np.full(duration_ms // 100, -26, dtype=np.float32))
    asked = JobSettings(clip_duration=ClipDuration(min=5, max=30))

    chosen = select_candidates(transcript, features, levels, None, asked, duration_ms)

    answers = [
        transcript.span_of(one).end_ms
        for one in transcript.utterances
        if one.is_sentence and not transcript.words[one.last].text.endswith("?")
    ]
    for item in chosen.items:
        if item.text.endswith("?"):
            later = [end_ms for end_ms in answers if end_ms > item.span.end_ms]
            assert not later or later[0] > item.span.start_ms + 30_000 - 300

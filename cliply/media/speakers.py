"""Who speaks when: mouths that move while a voice is heard, and whose turn it is."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from math import exp, inf, log, sqrt
from typing import NamedTuple

from cliply.domain.faces import FaceSample, FaceTrack, SpeakingSpan
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word

STILL_MOUTH = 0.008
"""Motion that counts as none: noise, a smile. A drawn listener who moves the head has 0.000 to
0.001, a speaker 0.03 to 0.06 on average and every eighth time nothing."""

NOBODY = 0.004
"""A speaker who is not in sight counts like a mouth that moves this much."""

CHANGE = 2.0
CHANGE_BETWEEN = 0.7
"""What another speaker costs within a stretch of speech and where one ends or a turn begins, in
the logarithm of likelihoods. Half a second in which only the other mouth moves is worth 2."""

SURE = 0.55
"""Confidence under which nobody is taken for the speaker."""

SWITCH_REACH_MS = 500
"""A change of speakers is moved to a pause or turn that lies so near."""

UNKNOWN_VOICE = 0.05
"""Likelihood that a voice is not that of the face that it is known by: names go wrong."""

LEAST_KNOWN_MS = 3_000
"""Speech of a voice from which it can be known whose it is."""

SAME_BREATH_MS = 1_000
"""A speaker who goes on after so short a pause has not stopped."""

LONGEST_STEP_MS = 1_000
"""A sample stands for no longer than this."""


class Turn(NamedTuple):
    """A stretch in which one voice speaks; the name comes from diarisation."""

    span: TimeRange
    speaker: str


class _Step(NamedTuple):
    """One sampled moment of a scene with a voice in it."""

    span: TimeRange
    motions: dict[int, float]
    """Of the faces in sight, by track."""
    voice: str | None
    is_border: bool
    """Whether a pause or a turn lies between it and the step before."""


def turns_of(words: Iterable[Word]) -> tuple[Turn, ...]:
    """Turns from words in order of time; none when the transcript names less than two voices."""
    turns = []
    for speaker, run in groupby(words, key=lambda word: word.speaker):
        said = list(run)
        if speaker is not None:
            start_ms, end_ms = said[0].span.start_ms, said[-1].span.end_ms
            turns.append(Turn(TimeRange(start_ms=start_ms, end_ms=end_ms), speaker))
    return tuple(turns) if len({turn.speaker for turn in turns}) > 1 else ()


def active_speaker(
    tracks: Sequence[FaceTrack], speech: Sequence[TimeRange], turns: Sequence[Turn] = ()
) -> list[SpeakingSpan]:
    """Stretches of speech with the face that speaks, in order of time, none overlapping.

    `speech` is where a voice is heard and `turns` whose it is, both in order; without turns
    the mouths alone decide. A stretch whose speaker is not in sight is left out. Tracks
    of a time have to be of one scene. All times are source time.
    """
    voices = turns if len({turn.speaker for turn in turns}) > 1 else ()
    who = {track.track_id: _who(track) for track in tracks}
    runs = [list(_steps(samples, speech, voices)) for samples in _by_scene(tracks)]
    faces = _faces_of_voices(runs, who)
    spans = [span for steps in runs for span in _spoken(steps, faces, who)]
    return list(_snapped(spans, speech, voices))


def speaking_share(
    spans: Sequence[SpeakingSpan], track_ids: frozenset[int], within: TimeRange
) -> float | None:
    """Part (0…1) of what is spoken in a stretch that faces speak; None when nobody is known to."""
    weights = [(span.track_id, span.confidence * span.span.overlap_ms(within)) for span in spans]
    total = sum(weight for _, weight in weights)
    if total == 0:
        return None
    return sum(weight for track_id, weight in weights if track_id in track_ids) / total


def _by_scene(tracks: Sequence[FaceTrack]) -> list[dict[int, dict[int, FaceSample]]]:
    """For each scene the samples in order of time, by track."""
    scenes: dict[int, dict[int, dict[int, FaceSample]]] = {}
    for track in tracks:
        times = scenes.setdefault(track.scene, {})
        for sample in track.samples:
            times.setdefault(sample.time_ms, {})[track.track_id] = sample
    return [dict(sorted(times.items())) for _, times in sorted(scenes.items())]


def _steps(
    samples: dict[int, dict[int, FaceSample]],
    speech: Sequence[TimeRange],
    turns: Sequence[Turn],
) -> Iterator[_Step]:
    """The moments of one scene in which a voice is heard."""
    heard, voices = _Cursor(speech), _Cursor([turn.span for turn in turns])
    before: tuple[int | None, int | None] = (None, None)
    for time_ms, end_ms in _stretches(list(samples)):
        span = TimeRange(start_ms=time_ms, end_ms=end_ms)
        here = heard.best(span), voices.best(span)
        if here[0] is not None:
            motions = {n: sample.mouth_motion for n, sample in samples[time_ms].items()}
            voice = turns[here[1]].speaker if here[1] is not None else None
            yield _Step(span, motions, voice, here != before)
        before = here


def _stretches(times: list[int]) -> list[tuple[int, int]]:
    """From each sample to the next one."""
    ends = [*times[1:], times[-1] + LONGEST_STEP_MS // 2]
    return [(t, min(end, t + LONGEST_STEP_MS)) for t, end in zip(times, ends, strict=True)]


class _Cursor:
    """Finds the span that covers most of a stretch, for stretches in order of time."""

    def __init__(self, spans: Sequence[TimeRange]) -> None:
        self._spans = spans
        self._next = 0

    def best(self, stretch: TimeRange) -> int | None:
        spans = self._spans
        while self._next < len(spans) and spans[self._next].end_ms <= stretch.start_ms:
            self._next += 1
        near = range(self._next, len(spans))
        found: dict[int, int] = {}
        for number in near:
            if spans[number].start_ms >= stretch.end_ms:
                break
            found[number] = spans[number].overlap_ms(stretch)
        return max(found, key=lambda number: found[number], default=None)


_Faces = dict[str, dict[int, float]]
"""How likely each voice is each person's (`_who`); voices that are not known are left out."""

_NOBODY = -1
"""State in which a voice is heard of somebody who is not in sight."""


def _who(track: FaceTrack) -> int:
    """Number of the person; a track whose person is not known stands for itself."""
    return track.identity if track.identity is not None else -1 - track.track_id


def _faces_of_voices(runs: Sequence[Sequence[_Step]], who: dict[int, int]) -> _Faces:
    """Whose mouth moves while a voice is heard, over the whole source."""
    spoken_ms: dict[str, dict[int, float]] = {}
    for step in (step for steps in runs for step in steps):
        if step.voice is not None and step.motions:
            shares = _shares(step, {}, who)
            persons = spoken_ms.setdefault(step.voice, {})
            for track_id, share in shares.items():
                if track_id != _NOBODY:
                    person = who[track_id]
                    spoken = share * step.span.duration_ms
                    persons[person] = persons.get(person, 0.0) + spoken
    return {
        voice: {person: ms / sum(persons.values()) for person, ms in persons.items()}
        for voice, persons in spoken_ms.items()
        if sum(persons.values()) >= LEAST_KNOWN_MS
    }


def _shares(step: _Step, faces: _Faces, who: dict[int, int]) -> dict[int, float]:
    """Likelihood of each face in sight, and of `_NOBODY`, to be the one who speaks; sum 1."""
    weights = {track_id: motion + STILL_MOUTH for track_id, motion in step.motions.items()}
    weights[_NOBODY] = NOBODY + STILL_MOUTH
    persons = faces.get(step.voice or "")
    if persons is not None:
        known = {track_id: persons.get(who[track_id], 0.0) for track_id in step.motions}
        known[_NOBODY] = max(0.0, 1 - sum(known.values()))
        weights = {n: weight * (known[n] + UNKNOWN_VOICE) for n, weight in weights.items()}
    total = sum(weights.values())
    return {track_id: weight / total for track_id, weight in weights.items()}


def _spoken(steps: Sequence[_Step], faces: _Faces, who: dict[int, int]) -> list[SpeakingSpan]:
    """Stretches of one scene in which the same face speaks."""
    shares = [_shares(step, faces, who) for step in steps]
    states = _likeliest(steps, shares)
    runs: list[list[int]] = []
    for number, state in enumerate(states):
        if runs and states[runs[-1][-1]] == state and _is_one_breath(steps, runs[-1][-1], number):
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        SpeakingSpan(
            span=TimeRange(start_ms=steps[run[0]].span.start_ms, end_ms=steps[run[-1]].span.end_ms),
            track_id=states[run[0]],
            confidence=_confidence([shares[n] for n in run], states[run[0]]),
        )
        for run in runs
        if states[run[0]] != _NOBODY
    ]


def _confidence(shares: Sequence[dict[int, float]], state: int) -> float:
    """How much likelier a speaker is than all others over some steps, 0…1.

    Steps are no independent witnesses: their logarithms count by the root of their number.
    """
    others = {other for share in shares for other in share}
    weights = {
        other: sum(log(share.get(other, min(share.values()))) for share in shares)
        / sqrt(len(shares))
        for other in others
    }
    return 1 / sum(exp(min(50.0, weight - weights[state])) for weight in weights.values())


def _is_one_breath(steps: Sequence[_Step], before: int, after: int) -> bool:
    return steps[after].span.start_ms - steps[before].span.end_ms <= SAME_BREATH_MS


def _likeliest(steps: Sequence[_Step], shares: Sequence[dict[int, float]]) -> list[int]:
    """The likeliest speaker of each step when changes cost something (Viterbi's algorithm)."""
    scores: dict[int, float] = {}
    came_from: list[dict[int, int]] = []
    for step, share in zip(steps, shares, strict=True):
        best = max(scores, key=lambda state: scores[state], default=_NOBODY)
        changed = scores.get(best, 0.0) - (CHANGE_BETWEEN if step.is_border else CHANGE)
        stayed = {state: scores.get(state, -inf) for state in share}
        came_from.append({s: s if stayed[s] >= changed else best for s in share})
        scores = {s: max(stayed[s], changed) + log(share[s]) for s in share}
    states: list[int] = []
    state = max(scores, key=lambda state: scores[state], default=_NOBODY)
    for sources in reversed(came_from):
        states.append(state)
        state = sources[state]
    return states[::-1]


def _snapped(
    spans: Sequence[SpeakingSpan], speech: Sequence[TimeRange], turns: Sequence[Turn]
) -> Iterator[SpeakingSpan]:
    """Ends and starts moved to where the voice changes, as samples are half a second apart."""
    ordered = sorted(spans, key=lambda one: one.span.start_ms)
    starts = sorted({turn.span.start_ms for turn in turns} or {one.start_ms for one in speech})
    ends_ms = [one.span.end_ms for one in ordered]
    starts_ms = [_nearest(starts, one.span.start_ms) for one in ordered]
    for number, (_, after) in enumerate(pairwise(ordered)):
        if after.span.start_ms - ends_ms[number] <= SWITCH_REACH_MS:
            ends_ms[number] = min(ends_ms[number], starts_ms[number + 1])
    for one, start_ms, end_ms in zip(ordered, starts_ms, ends_ms, strict=True):
        if end_ms > start_ms:
            span = TimeRange(start_ms=start_ms, end_ms=end_ms)
            yield one.model_copy(update={"span": span})


def _nearest(times: Sequence[int], time_ms: int) -> int:
    """The time that lies nearest, when it lies within reach; else the one given."""
    place = bisect_left(times, time_ms)
    near = [t for t in times[max(0, place - 1) : place + 1] if abs(t - time_ms) <= SWITCH_REACH_MS]
    return min(near, key=lambda t: abs(t - time_ms), default=time_ms)

"""A planted talk several times over, for sources of many hours."""

import polars as pl

from cliply.domain.audio import HOP_MS
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Utterance, Word
from tests.selection.planted import Planted, PlantedTalk


def repeated(talk: PlantedTalk, times: int) -> PlantedTalk:
    """The talk so often, one after the other; its moments are those of the first time."""
    length_ms = -(-talk.duration_ms // HOP_MS) * HOP_MS
    offsets = [turn * length_ms for turn in range(times)]
    features = talk.features.model_copy(
        update={
            "duration_ms": times * length_ms,
            "silences": tuple(_later(s, by) for by in offsets for s in talk.features.silences),
            "speech": tuple(_later(s, by) for by in offsets for s in talk.features.speech),
            "peaks": (),
            "events": tuple(
                event.model_copy(update={"span": _later(event.span, by)})
                for by in offsets
                for event in talk.features.events
            ),
        }
    )
    levels = pl.concat([talk.levels] * times).with_columns(start_ms=pl.int_range(pl.len()) * HOP_MS)
    return PlantedTalk(
        transcript=_transcript(talk.transcript, offsets),
        features=features,
        levels=levels,
        scenes=_scenes(talk, offsets, length_ms),
        duration_ms=times * length_ms,
        moments=tuple(Planted(one.kind, one.span) for one in talk.moments),
        shifts_ms=tuple(shift + by for by in offsets for shift in talk.shifts_ms),
    )


def _transcript(said: Transcript, offsets: list[int]) -> Transcript:
    words = [
        Word(text=word.text, span=_later(word.span, by)) for by in offsets for word in said.words
    ]
    utterances = [
        Utterance(
            first=one.first + turn * len(said.words),
            last=one.last + turn * len(said.words),
            is_sentence=one.is_sentence,
        )
        for turn in range(len(offsets))
        for one in said.utterances
    ]
    return said.model_copy(update={"words": tuple(words), "utterances": tuple(utterances)})


def _scenes(talk: PlantedTalk, offsets: list[int], length_ms: int) -> SceneList:
    last = talk.scenes.scenes[-1].span.start_ms
    spans = [
        TimeRange(
            start_ms=scene.span.start_ms + by,
            end_ms=by + (length_ms if scene.span.start_ms == last else scene.span.end_ms),
        )
        for by in offsets
        for scene in talk.scenes.scenes
    ]
    return SceneList(
        scenes=tuple(Scene(span=span, motion=5.0) for span in spans), detector="composed"
    )


def _later(span: TimeRange, by_ms: int) -> TimeRange:
    return TimeRange(start_ms=span.start_ms + by_ms, end_ms=span.end_ms + by_ms)

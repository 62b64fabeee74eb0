"""Moments of a source that are worth cutting."""

from collections.abc import Sequence

import polars as pl

from cliply.domain.audio import AudioFeatures
from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import JobSettings
from cliply.domain.mood import MoodSeries
from cliply.domain.scenes import SceneList
from cliply.domain.selection import RelevantSpan, SelectionMode
from cliply.domain.transcript import Transcript
from cliply.selection.chapters import divide_into_chapters
from cliply.selection.focus import Focus
from cliply.selection.given_spans import keep_spans
from cliply.selection.material import Material
from cliply.selection.moments import pick_moments
from cliply.selection.prompts import PromptFocus
from cliply.selection.topics import TopicFocus


def select_candidates(
    transcript: Transcript,
    features: AudioFeatures,
    levels: pl.DataFrame,
    scenes: SceneList | None,
    settings: JobSettings,
    duration_ms: int,
    *,
    mood: MoodSeries | None = None,
    relevance: Sequence[RelevantSpan] = (),
) -> CandidateList:
    """What the mode of the settings asks for (SEL-5), none overlapping, with scores (SEL-2).

    In the modes `auto`, `prompt` and `topics` up to three candidates for each clip asked for,
    best first. They last `clip_duration.min`…`max`, begin and end at sentences or pauses, or at
    a scene cut nearby, and never inside a word; a source shorter than `min` is one candidate as
    a whole. `spans` and `chapters` come in the order of time, without limits of length.
    When nothing qualifies the list says why and shows what came nearest (SEL-7).

    `mood` is measured when it is not given; `relevance` is what search says of the prompt, in
    any order. Raises InvalidInput for a given span that can not be cut.
    """
    material = Material.gather(transcript, features, levels, scenes, duration_ms, mood)
    asked = settings.selection
    if asked.mode is SelectionMode.spans:
        return keep_spans(material, asked.spans)
    if asked.mode is SelectionMode.chapters:
        return divide_into_chapters(material)
    focus: Focus | None = None
    if asked.mode is SelectionMode.topics:
        focus = TopicFocus.of(asked.topics, material)
    elif asked.prompt is not None:
        focus = PromptFocus(asked.prompt, tuple(relevance), material)
    return pick_moments(material, settings, focus)

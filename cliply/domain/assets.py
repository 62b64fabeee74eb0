"""What the graph makes of a job: its assets, the steps that make them, and what each needs.

The graph itself is declared in `clip_assets`; a test holds the two together.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from cliply.domain.jobs import MAX_SLOTS, StepStatus
from cliply.domain.value import Value


class Made(NamedTuple):
    """How an asset comes to be."""

    step: str
    """The row of `job_steps` that tells of it; several assets may share one."""
    needs: tuple[str, ...]
    """Assets that have to be there before."""


CLIPS = tuple(f"clip/c{slot:02d}" for slot in range(MAX_SLOTS))
"""By slot. Each is its own step."""

OF_CLIPS = (
    "source_video", "transcript", "scenes", "faces", "audio_features", "audio_levels", "ranking",
)  # fmt: skip

ASSETS: Mapping[str, Made] = {
    "source_video": Made("source_video", ()),
    "audio_features": Made("listening", ("source_video",)),
    "audio_levels": Made("listening", ("source_video",)),
    "transcript": Made("transcript", ("source_video", "audio_features")),
    "mood": Made("mood", ("transcript",)),
    "scenes": Made("scan", ("source_video",)),
    "faces": Made("scan", ("source_video",)),
    "looks": Made("scan", ("source_video",)),
    "frames": Made("scan", ("source_video",)),
    "candidates": Made(
        "candidates",
        ("source_video", "transcript", "audio_features", "audio_levels", "scenes", "mood"),
    ),
    "ranking": Made("ranking", ("candidates",)),
    "embeddings": Made("embeddings", ("transcript", "frames")),
    **{name: Made(name, OF_CLIPS) for name in CLIPS},
}
"""Every asset after those that it needs."""

ANALYSIS = tuple(name for name in ASSETS if name not in CLIPS)
"""What is made before the first clip is rendered, and the search index."""

DONE = frozenset({StepStatus.completed, StepStatus.skipped})


class Progress(Value):
    """How far a job is."""

    done: frozenset[str]
    """Steps that are completed or skipped."""
    clips: frozenset[str] = frozenset()
    """Assets of the clips that were planned."""
    outdated: frozenset[str] = frozenset()
    """Those of them that wait for a render of what they are now, whatever their step says."""
    held_back: frozenset[str] = frozenset()
    """Those that nobody has asked for yet: their job waits for a person before it renders."""


def is_asset(name: str) -> bool:
    return name in ASSETS


def steps_of(assets: Iterable[str]) -> frozenset[str]:
    """The steps that make them."""
    return frozenset(ASSETS[name].step for name in assets)


def made_by(step: str) -> tuple[str, ...]:
    """The assets of a step; none for a step that the graph does not have."""
    return tuple(name for name, made in ASSETS.items() if made.step == step)


def unfinished(progress: Progress) -> tuple[str, ...]:
    """What is still to be made for the job, in the order of the graph.

    Before the ranking nobody knows how many clips there will be, so all slots are among it;
    a slot that stays empty costs nothing.
    """
    return tuple(name for name in ASSETS if not _is_finished(name, progress))


def _is_finished(name: str, progress: Progress) -> bool:
    if name not in CLIPS:
        return ASSETS[name].step in progress.done
    if name in progress.held_back:
        return True
    if "ranking" in progress.done and name not in progress.clips:
        return True
    return name in progress.done and name not in progress.outdated


def again_from(step: str, progress: Progress) -> tuple[str, ...]:
    """What has to be made when a step is tried again, in the order of the graph.

    It, all that is made of it, and what is not there yet of what these need.
    """
    wanted = set(made_by(step))
    for name, made in ASSETS.items():
        if wanted & set(made.needs) and not _is_empty(name, progress, wanted):
            wanted.add(name)
    missing = set(unfinished(progress)) - set(CLIPS)
    for name in reversed(list(ASSETS)):
        if name in wanted:
            wanted |= missing & set(ASSETS[name].needs)
    return tuple(name for name in ASSETS if name in wanted)


def _is_empty(name: str, progress: Progress, wanted: Collection[str]) -> bool:
    """Whether it is a slot that holds no clip, or one that nobody has asked for."""
    is_planned = "ranking" in progress.done and "ranking" not in wanted
    return name in progress.held_back or (
        name in CLIPS and is_planned and name not in progress.clips
    )


def not_covered(assets: Iterable[str], open_requests: Iterable[Collection[str]]) -> tuple[str, ...]:
    """What no open request asks for already; a request without names asks for everything."""
    asked = list(open_requests)
    if any(not names for names in asked):
        return ()
    covered = {name for names in asked for name in names}
    return tuple(name for name in assets if name not in covered)

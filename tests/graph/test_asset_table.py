"""The library's table of assets is that of the graph."""

import dagster as dg
import pytest

from clip_assets.clips import SLOTS
from cliply.domain.assets import ASSETS, CLIPS, OF_CLIPS, Progress, again_from, made_by, unfinished
from definitions import ASSETS as DECLARED

ANALYSED = frozenset(
    {"source_video", "listening", "transcript", "mood", "scan", "candidates", "ranking"}
)


def needs_of() -> dict[str, set[str]]:
    return {
        "/".join(key.path): {"/".join(need.path) for need in definition.asset_deps[key]}
        for definition in DECLARED
        for key in definition.keys
    }


def test_assets_and_what_they_need_are_those_of_the_graph() -> None:
    assert {name: set(made.needs) for name, made in ASSETS.items()} == needs_of()


def test_assets_of_one_step_are_made_by_one_operation() -> None:
    together = [{"/".join(key.path) for key in one.keys} for one in DECLARED]
    steps = {made.step for made in ASSETS.values()} - set(CLIPS)
    assert sorted(map(sorted, together)) == sorted(
        [sorted(made_by(step)) for step in steps] + [sorted(CLIPS)]
    )
    assert [name.removeprefix("clip/") for name in CLIPS] == list(SLOTS)
    assert all(isinstance(one, dg.AssetsDefinition) for one in DECLARED)


def test_every_asset_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for name, made in ASSETS.items():
        assert set(made.needs) <= seen
        seen.add(name)


def test_nothing_done_leaves_everything_and_all_done_leaves_nothing() -> None:
    assert unfinished(Progress(done=frozenset())) == tuple(ASSETS)
    planned = frozenset(CLIPS[:3])
    done = Progress(done=ANALYSED | {"embeddings"} | planned, clips=planned)
    assert unfinished(done) == ()


def test_a_slot_without_a_clip_is_not_waited_for_once_the_clips_are_planned() -> None:
    progress = Progress(done=ANALYSED | {CLIPS[0]}, clips=frozenset(CLIPS[:2]))
    assert unfinished(progress) == ("embeddings", CLIPS[1])


def test_a_clip_that_was_edited_after_its_render_is_not_done() -> None:
    clips = frozenset(CLIPS[:2])
    progress = Progress(done=ANALYSED | clips, clips=clips, outdated=frozenset({CLIPS[1]}))
    assert unfinished(progress) == ("embeddings", CLIPS[1])


@pytest.mark.parametrize("step", sorted({made.step for made in ASSETS.values()}))
def test_what_is_made_again_never_lacks_anything(step: str) -> None:
    """Whatever was done before, each asset that is asked for finds what it needs."""
    for count in range(len(ASSETS) + 1):
        done = frozenset(made.step for made in list(ASSETS.values())[:count])
        progress = Progress(done=done, clips=frozenset(CLIPS[:4]))
        wanted = again_from(step, progress)
        assert set(made_by(step)) <= set(wanted)
        there = {name for name in ASSETS if ASSETS[name].step in done} | set(wanted)
        assert all(set(ASSETS[name].needs) <= there for name in wanted)


def test_another_ranking_may_fill_any_slot() -> None:
    progress = Progress(done=ANALYSED, clips=frozenset(CLIPS[:2]))
    assert set(again_from("ranking", progress)) == {"ranking", *CLIPS}
    assert again_from(CLIPS[1], progress) == (CLIPS[1],)
    assert set(OF_CLIPS) <= set(ASSETS)

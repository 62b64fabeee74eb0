"""The cut list is PySceneDetect's own on mixed material, and the fast mode's is the same."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from scenedetect import AdaptiveDetector, ContentDetector, detect

from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.scenes import CutRule
from cliply.media.probe import probe
from cliply.media.scan import scan
from tests.media.mixed import mixed_cuts_s, mixed_shots
from tests.media.synthesis import Layout, compose

THEIRS = {CutRule.content: ContentDetector, CutRule.adaptive: AdaptiveDetector}


@cache
def their_cuts(path: Path, rule: CutRule) -> list[float]:
    scenes = detect(str(path), THEIRS[rule]())
    return [1000 * start.seconds for start, _ in scenes[1:]]


@cache
def our_cuts(path: Path, rule: CutRule, mode: ScanMode = ScanMode.exact) -> tuple[int, ...]:
    settings = ScanSettings(mode=mode, cuts=rule)
    return scan(path, probe(path), detector=None, settings=settings).scenes.cuts_ms


def composed(path: Path, fps: int, size: tuple[int, int], pixel_format: str) -> Path:
    options = {"preset": "veryfast", "crf": "23", "bf": "3"}
    layout = Layout(Fraction(fps), size, pixel_format=pixel_format, video_options=options)
    return compose(path, mixed_shots(), (), layout)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return composed(tmp_path_factory.mktemp("mixed") / "mixed.mp4", 30, (320, 180), "yuv420p")


@pytest.fixture(
    scope="module",
    params=[(24, (320, 240), "yuv420p"), (50, (180, 320), "yuvj420p")],
    ids=["24 fps 4:3", "50 fps upright, full range"],
)
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return composed(tmp_path_factory.mktemp("odd") / "odd.mp4", *request.param)


@pytest.mark.parametrize("rule", THEIRS)
def test_cuts_of_mixed_material_are_those_of_pyscenedetect(mixed: Path, rule: CutRule) -> None:
    ours = our_cuts(mixed, rule)
    assert ours == pytest.approx(their_cuts(mixed, rule), abs=1)
    hits = [any(abs(cut - 1000 * t) <= 34 for cut in ours) for t in mixed_cuts_s()]
    assert sum(hits) >= len(hits) - 1


@pytest.mark.parametrize("rule", THEIRS)
def test_cuts_at_other_shapes_and_rates_are_those_of_pyscenedetect(
    odd: Path, rule: CutRule
) -> None:
    assert our_cuts(odd, rule) == pytest.approx(their_cuts(odd, rule), abs=1)


@pytest.mark.parametrize("rule", CutRule)
def test_the_fast_mode_finds_the_same_cuts(mixed: Path, rule: CutRule) -> None:
    assert our_cuts(mixed, rule, ScanMode.fast) == our_cuts(mixed, rule)


def test_both_together_find_what_either_finds(mixed: Path) -> None:
    content, adaptive, both = (our_cuts(mixed, rule) for rule in CutRule)
    assert set(both) <= set(content) | set(adaptive)
    for cut in (*content, *adaptive):
        assert min(abs(cut - other) for other in both) < 500


def test_cuts_of_a_real_film_are_those_of_pyscenedetect(shared_media: Path) -> None:
    path = shared_media / "big_buck_bunny_0_30.webm"
    ours = our_cuts(path, CutRule.adaptive)
    assert ours == pytest.approx([1_292, 5_792, 11_790, 15_670, 22_960], abs=42)
    assert ours == pytest.approx(their_cuts(path, CutRule.adaptive), abs=4)  # it starts at 3 ms


@pytest.mark.parametrize("rule", THEIRS)
def test_an_old_film_without_cuts_has_none(shared_media: Path, rule: CutRule) -> None:
    assert our_cuts(shared_media / "chaplin.mp4", rule) == ()

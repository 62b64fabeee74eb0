from pathlib import Path

import numpy as np

from cliply.domain.effects import EffectsSpec, ProgressBar
from tests.media.effects.drawn import SIZE, clip, drawn, is_near, one_colour, planned

BAR = ProgressBar(colour="#FFD60A", height=0.03)
YELLOW = (0xFF, 0xD6, 0x0A)


def test_the_bar_grows_evenly_and_is_full_on_the_last_frame(tmp_path: Path):
    source = one_colour(tmp_path / "source.nut", (10, 20, 90), 60)
    frames = drawn(EffectsSpec(progress_bar=BAR), source, clip((0, 50), intro=5, outro=5))
    row = frames[:, SIZE[1] - 2, :, 0]
    lengths = (row > 130).sum(axis=1)
    ideal = np.arange(1, 51) * SIZE[0] / 50
    assert np.abs(lengths[5:55] - ideal).max() <= 1
    assert lengths[54] == SIZE[0]
    assert not lengths[:5].any()
    assert not lengths[55:].any()
    assert is_near(frames[40, SIZE[1] - 3, 4], YELLOW)
    assert is_near(frames[40, SIZE[1] - 8, 4], (10, 20, 90))


def test_the_bar_can_be_at_the_top(tmp_path: Path):
    source = one_colour(tmp_path / "source.nut", (10, 20, 90), 4)
    top = BAR.model_copy(update={"at_top": True})
    frames = drawn(EffectsSpec(progress_bar=top), source, clip((0, 4)))
    assert is_near(frames[3, 2, 50], YELLOW)
    assert is_near(frames[3, SIZE[1] - 3, 50], (10, 20, 90))


def test_the_bar_is_planned_as_it_is_asked_for():
    edit = {"effects": [{"kind": "progress_bar", "at_top": True}]}
    assert planned(edit, clip((0, 30))).progress_bar == ProgressBar(at_top=True)

"""Sources of every odd kind become ordinary clips: colours, shapes and times as they should be."""

from typing import NamedTuple

import numpy as np
import pytest

from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings
from cliply.domain.framing import Layout as Look
from cliply.domain.framing import ReframeSettings
from cliply.domain.rendering import RenderSpec
from cliply.media.crop_path import window_at
from cliply.media.render import Rendered
from tests.media.odd_sources import COLOURS, FLASH_S, ODD_SOURCES, OddSource, combing
from tests.media.specs_of import material_of, pictures, rendered, sound_of, span, spec_of

START_MS, END_MS = 1_500, 2_600
OUT_PX = (100, 180)
"""As many pixels as the window has, so that lines stay lines."""


class Made(NamedTuple):
    """One odd source and the clip made of it."""

    odd: OddSource
    spec: RenderSpec
    clip: Rendered
    shown: np.ndarray


@pytest.fixture(scope="module", params=sorted(ODD_SOURCES))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    odd = ODD_SOURCES[request.param]
    folder = tmp_path_factory.mktemp(odd.name)
    source = odd.make(folder)
    edit = Edit(
        reframe=ReframeSettings(layout=Look.single, centre=(0.5, 0.5)),
        export=ExportSettings(poster_ms=100),
    )
    spec = spec_of(material_of(source, listens=False), edit, span(START_MS, END_MS), size_px=OUT_PX)
    clip = rendered(spec, source, folder / "out")
    return Made(odd, spec, clip, pictures(clip.video))


def test_its_clip_has_every_frame_and_a_clean_report(made: Made) -> None:
    assert len(made.shown) == made.clip.measured.frames == 33
    assert made.clip.report.failed == ()


def test_its_colours_are_where_they_should_be(made: Made) -> None:
    left, top, right, bottom = window_at(
        made.spec.framing.spans[0], 0, START_MS, made.spec.source.video
    )
    for (x, y), colour in COLOURS.items():
        column = round((x - left) / (right - left) * OUT_PX[0])
        row = round((y - top) / (bottom - top) * OUT_PX[1])
        seen = made.shown[4, row - 3 : row + 4, column - 3 : column + 4].mean(axis=(0, 1))
        assert np.abs(seen - colour).max() <= made.odd.tolerance, (x, y, seen)


def test_it_flashes_and_beeps_at_its_time(made: Made) -> None:
    white = np.flatnonzero(made.shown.min(axis=3).mean(axis=(1, 2)) > 150)
    assert list(white) in ([15, 16, 17], [15, 16, 17, 18]), "two source frames last 133 ms"
    loud = np.flatnonzero(np.abs(sound_of(made.clip.video)[0]) > 0.05)
    assert bool(len(loud)) is made.odd.hears_beep
    if made.odd.hears_beep:
        assert loud[0] / 48_000 == pytest.approx(FLASH_S - START_MS / 1000, abs=0.004)
        assert loud[-1] / 48_000 == pytest.approx(FLASH_S + 0.1 - START_MS / 1000, abs=0.006)


def test_its_fields_are_one_picture(made: Made) -> None:
    """The bar moves through the window at the end; as two fields it would comb by 2 and more."""
    assert max(combing(picture[:, :, 1]) for picture in made.shown[26:]) < 1

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from cliply.domain.effects import EffectsSpec, PlacedZoom, ZoomStyle
from cliply.domain.transcript import Word
from cliply.media.effects import draw_effects
from tests.media.effects.drawn import at, board_of, clip, drawn, lossless, planned

SIZE = (280, 480)
DOTS = [(x, y) for y in (120, 200, 280, 360) for x in (70, 140, 210)]
SIGMA = 4.0


def dots() -> np.ndarray:
    """Soft grey dots on dark grey, whose centres can be measured to a fraction of a pixel."""
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    picture = np.full((SIZE[1], SIZE[0]), 40.0)
    for x, y in DOTS:
        picture += 180 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * SIGMA**2))
    return np.repeat(picture.round().astype(np.uint8)[..., None], 3, axis=2)


def centre(frame: np.ndarray, near: np.ndarray) -> np.ndarray:
    x, y = np.round(near).astype(int)
    rows, columns = np.mgrid[y - 18 : y + 19, x - 18 : x + 19]
    weight = frame[y - 18 : y + 19, x - 18 : x + 19].astype(float) - float(frame[0, 0])
    return np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()


def zoom(start_ms: int, end_ms: int, style: ZoomStyle, strength: float = 1.25) -> PlacedZoom:
    return PlacedZoom(span=at(start_ms, end_ms), style=style, strength=strength, centre=(0.5, 0.5))


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = np.repeat(dots()[None], 60, axis=0)
    return lossless(tmp_path_factory.mktemp("zoom") / "dots.nut", frames)


def luma(spec: EffectsSpec, picture: Path) -> np.ndarray:
    frames = drawn(spec, picture, clip((0, 60)), size=SIZE, shape="yuv420p")
    assert len(frames) == 60
    return frames[:, : SIZE[1]]


def window(part: float, strength: float = 1.25) -> tuple[float, float]:
    """Width and height of what is shown when the zoom is so far in (0…1)."""
    inner = [2 * round(side / strength / 2) for side in SIZE]
    return tuple(side - (side - small) * part for side, small in zip(SIZE, inner, strict=True))


def off_by(frame: np.ndarray, part: float) -> float:
    """How far dots are from where they belong, in pixels."""
    shown, middle = np.array(window(part)), (np.array(SIZE) - 1) / 2
    ideal = [(np.array(dot) - middle) * np.array(SIZE) / shown + middle for dot in DOTS]
    inside = [
        place for place in ideal if (place > 19).all() and (place < np.array(SIZE) - 20).all()
    ]
    return max(float(np.abs(centre(frame, place) - place).max()) for place in inside)


def test_a_zoom_moves_without_jitter_and_leaves_all_other_frames_untouched(picture: Path):
    frames = luma(EffectsSpec(zooms=(zoom(200, 1800, ZoomStyle.smooth_in),)), picture)
    eased = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, 13) / 13)
    parts = {6 + number: part for number, part in enumerate(eased)}
    parts |= dict.fromkeys(range(18, 42), 1.0)
    parts |= {42 + number: part for number, part in enumerate(eased[::-1])}
    assert max(off_by(frames[number], part) for number, part in parts.items()) < 0.06
    untouched = [*range(6), *range(54, 60)]
    assert all((frames[number] == frames[0]).all() for number in untouched)
    assert off_by(frames[0], 0.0) < 0.02


def test_several_zooms_of_all_styles_are_drawn_in_their_frames(picture: Path):
    zooms = (
        zoom(0, 300, ZoomStyle.snap),
        zoom(300, 900, ZoomStyle.pulse),
        zoom(1000, 1500, ZoomStyle.ken_burns),
        zoom(1500, 2000, ZoomStyle.snap),
    )
    frames = luma(EffectsSpec(zooms=zooms), picture)
    parts = dict.fromkeys([*range(9), *range(45, 60)], 1.0) | dict.fromkeys(range(27, 30), 0.0)
    parts |= {9 + n: np.sin(np.pi * (n + 1) / 19) ** 2 for n in range(18)}
    parts |= {30 + n: (n + 1) / 15 for n in range(15)}
    assert max(off_by(frames[number], part) for number, part in parts.items()) < 0.06


def test_many_zooms_are_one_pass_over_the_picture(tmp_path: Path):
    zooms = tuple(zoom(at_ms, at_ms + 900, ZoomStyle.ken_burns) for at_ms in range(0, 20_000, 1000))
    board = board_of(tmp_path)
    timeline = clip((0, 600))
    draw_effects(
        EffectsSpec(zooms=zooms), size_px=SIZE, frame_rate=timeline.frame_rate,
        timeline=timeline, board=board, link="[in]",
    )  # fmt: skip
    assert len(board.chains) == 1
    assert board.graph.count("perspective=") == 1


def test_zooms_follow_the_cuts():
    edit = {"effects": [{"kind": "magic_zoom", "at": [
        {"span": {"start_ms": 4000, "end_ms": 7000}},
        {"span": {"start_ms": 2200, "end_ms": 2800}, "style": "snap"},
        {"span": {"start_ms": 9000, "end_ms": 9500}},
    ]}]}  # fmt: skip
    spec = planned(edit, clip((150, 30), (120, 60), intro=30))
    # 5-6 s plays first, then 4-6 s; the second and third are cut out
    assert [placed.span for placed in spec.zooms] == [at(1000, 2000), at(2000, 4000)]
    assert spec.notes == (
        "effects.0.at.1 was left out: 0:02.2-0:02.8 is not in the clip.",
        "effects.0.at.2 was left out: 0:09.0-0:09.5 is not in the clip.",
    )


def test_a_span_cut_inside_is_one_zoom():
    edit = {"effects": [{"kind": "magic_zoom", "at": [{"span": {"start_ms": 0, "end_ms": 4000}}]}]}
    spec = planned(edit, clip((0, 30), (60, 30)))
    assert [placed.span for placed in spec.zooms] == [at(0, 2000)]


def test_overlapping_zooms_are_refused():
    spans = [{"span": {"start_ms": 0, "end_ms": 900}}, {"span": {"start_ms": 800, "end_ms": 1200}}]
    with pytest.raises(ValidationError, match="zooms must not overlap"):
        planned({"effects": [{"kind": "magic_zoom", "at": spans}]}, clip((0, 60)))


def test_emphasised_sentences_are_zoomed_in_on_when_nobody_says_where():
    words = [
        Word(text="Well.", span=at(0, 500)),
        Word(text="Nobody", span=at(1000, 1400)),
        Word(text="knows!", span=at(1400, 1800)),
    ]
    spec = planned({"effects": [{"kind": "magic_zoom"}]}, clip((15, 105)), words=words)
    assert [placed.span for placed in spec.zooms] == [at(500, 1700)]
    pulse = {"effects": [{"kind": "magic_zoom", "style": "pulse"}]}
    beat = planned(pulse, clip((15, 105)), words=words)
    assert [placed.span for placed in beat.zooms] == [at(900, 1300)]


def test_a_clip_without_emphasis_has_no_zooms_and_says_so():
    words = [Word(text="Well.", span=at(0, 500))]
    spec = planned({"effects": [{"kind": "magic_zoom"}]}, clip((0, 60)), words=words)
    assert not spec.zooms
    assert spec.notes == ("No sentence is emphasised, so the clip has no zooms.",)

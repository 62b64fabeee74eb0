from pathlib import Path

from cliply.domain.effects import (
    EffectsSpec,
    LowerThird,
    PlacedTitle,
    PlacedZoom,
    ProgressBar,
    ZoomStyle,
)
from cliply.media.effects import DRAWN, draw_effects
from cliply.media.effects.canvas import Canvas
from tests.media.effects.drawn import RATE, SIZE, at, board_of, clip, drawn, is_near, one_colour

TEXT = EffectsSpec(
    title=PlacedTitle(
        span=at(0, 3000), text="Look", text_colour="#111111", box_colour="#FFFFFF"
    ),
    lower_third=LowerThird(title="Ada"),
    notes=("A note.",),
)  # fmt: skip


def test_effects_that_are_not_asked_for_put_nothing_on_the_board(tmp_path: Path):
    board = board_of(tmp_path)
    end = draw_effects(
        TEXT, size_px=SIZE, frame_rate=RATE, timeline=clip((0, 30)), board=board, link="[picture]"
    )
    assert end == "[picture]"
    assert (board.chains, board.inputs, board.files) == ([], [], {})


def test_each_effect_puts_nothing_on_the_board_alone(tmp_path: Path):
    board = board_of(tmp_path)
    for effect in DRAWN:
        assert effect.draw(EffectsSpec(), Canvas(SIZE, RATE, clip((0, 30))), board, "[a]") == "[a]"
    assert not board.chains


def test_the_same_effects_give_the_same_graph(tmp_path: Path):
    def graph() -> str:
        board = board_of(tmp_path)
        spec = EffectsSpec(progress_bar=ProgressBar())
        timeline = clip((0, 30))
        draw_effects(
            spec, size_px=SIZE, frame_rate=RATE, timeline=timeline, board=board, link="[0:v]"
        )
        return board.graph

    assert graph() == graph()


def test_what_is_over_the_picture_is_not_zoomed(tmp_path: Path):
    spec = EffectsSpec(
        zooms=(PlacedZoom(span=at(0, 1000), style=ZoomStyle.snap, strength=2, centre=(0.5, 0.5)),),
        progress_bar=ProgressBar(colour="#FF0000", height=0.02),
    )
    source = one_colour(tmp_path / "source.nut", (20, 40, 90), 10)
    frames = drawn(spec, source, clip((0, 10)))
    assert is_near(frames[9, SIZE[1] - 3, 5], (255, 0, 0), 12)
    assert is_near(frames[9, SIZE[1] - 7, 5], (20, 40, 90))

"""Renders exhibits with the product's own engine and picks the pictures out of the clips."""

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.attachment_names import attachment_names
from cliply.media.attachments import accept
from cliply.media.ffmpeg import find_ffmpeg, toolchain
from cliply.media.fonts import FontShelf
from cliply.media.render import render
from cliply.media.safe_areas import safe_area
from cliply.media.specs import Equipment, build_spec
from showcase import scenes
from showcase.exhibits import SHOT_MS, Exhibit, Plan, Prop, Row, Subject
from showcase.footage import Footage, compose, compose_logo, compose_still, compose_voice
from showcase.sheet import Cell, Strip, contact_sheet

CRF = 18
"""Finer than a preview, so that a sheet shows the effects and not their compression."""

GUIDE = (255, 64, 129)

WORKERS = 2
HILLS_MS = 2000

CASTS = {
    Subject.talk: (scenes.MARA_TALKS, scenes.THEO_TALKS),
    Subject.pair: (scenes.PAIR,),
    Subject.three: (scenes.THREE,),
    Subject.screen: (scenes.SCREEN,),
    Subject.game: (scenes.GAME,),
    Subject.green: (scenes.GREEN_SCREEN,),
}


class Studio:
    """Composes subjects and props when they are first needed, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._footage: dict[Subject, Footage] = {}
        self._props: dict[str, tuple[Attachment, Path]] = {}
        self._ffmpeg = find_ffmpeg(None)
        self._equipment = Equipment(toolchain(self._ffmpeg), FontShelf(), frozenset())

    def sheet(self, plan: Plan) -> bytes:
        """A plan as a JPEG."""
        for exhibit in plan.exhibits:
            self._bring(exhibit)
        with ThreadPoolExecutor(WORKERS) as pool:
            cells = iter(list(pool.map(self._cells, plan.exhibits)))
        strips = [_strip(row, plan, [next(cells) for _ in row.exhibits]) for row in plan.rows]
        return contact_sheet(plan.heading, strips, plan.width_px)

    def _bring(self, exhibit: Exhibit) -> None:
        """Compose what an exhibit needs and is not there yet."""
        if exhibit.subject not in self._footage:
            self._footage[exhibit.subject] = self._footage_of(exhibit.subject)
        for need in attachment_names(exhibit.edit):
            if need.name not in self._props:
                self._props[need.name] = self._prop(Prop(need.name))

    def _footage_of(self, subject: Subject) -> Footage:
        path = self._folder / f"{subject}.mp4"
        if subject is Subject.voice:
            return compose_voice(path, SHOT_MS)
        return compose(path, CASTS[subject], SHOT_MS)

    def _prop(self, prop: Prop) -> tuple[Attachment, Path]:
        path = self._folder / f"{prop}.png"
        if prop is Prop.logo:
            return accept(compose_logo(path), AttachmentKind.image), path
        if prop is Prop.office:
            room = scenes.Scene(scenes.WARM_WALL)
            return accept(compose_still(path, room), AttachmentKind.image), path
        path = path.with_suffix(".mp4")
        compose(path, [scenes.HILLS], HILLS_MS)
        return accept(path, AttachmentKind.video), path

    def _spec(self, exhibit: Exhibit) -> RenderSpec:
        spec = build_spec(
            exhibit.edit,
            TimeRange(start_ms=exhibit.start_ms, end_ms=exhibit.start_ms + exhibit.length_ms),
            exhibit.title,
            self._footage[exhibit.subject].material,
            self._equipment,
            {name: attachment for name, (attachment, _) in self._props.items()},
        )
        finer = spec.encoder.model_copy(update={"crf": CRF})
        return spec.model_copy(update={"encoder": finer})

    def _cells(self, exhibit: Exhibit) -> list[Cell]:
        spec = self._spec(exhibit)
        with TemporaryDirectory(dir=self._folder) as folder:
            clip = render(
                spec,
                self._footage[exhibit.subject].path,
                Path(folder),
                ffmpeg=self._ffmpeg,
                shelf=self._equipment.shelf,
                attachments={one.content_hash: path for one, path in self._props.values()},
            )
            if exhibit.is_poster:
                picture = Image.open(io.BytesIO(clip.poster.read_bytes()))
                return [Cell(picture, exhibit.label)]
            pictures = list(_frames(clip.video, exhibit.moments_ms))
        return [
            Cell(_with_guides(picture, exhibit), _label(exhibit, moment_ms))
            for picture, moment_ms in zip(pictures, exhibit.moments_ms, strict=True)
        ]


def _strip(row: Row, plan: Plan, cells: Sequence[Sequence[Cell]]) -> Strip:
    small = [
        Cell(_of_height(cell.picture, plan.cell_px), cell.label)
        for of_exhibit in cells
        for cell in of_exhibit
    ]
    return Strip(row.label, tuple(small))


def _of_height(picture: Image.Image, height_px: int) -> Image.Image:
    width_px = round(picture.width * height_px / picture.height)
    return picture.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _label(exhibit: Exhibit, moment_ms: int) -> str:
    times = [f"{moment_ms / 1000:g} s"] if len(exhibit.moments_ms) > 1 else []
    return " ".join([exhibit.label, *times]).strip()


def _frames(video: Path, moments_ms: Sequence[int]) -> Iterator[Image.Image]:
    """The frames shown at some moments, in their order; the last one when it is over."""
    wanted = list(moments_ms)
    with av.open(str(video)) as container:
        shown: VideoFrame | None = None
        for frame in container.decode(video=0):
            while wanted and shown is not None and frame.time * 1000 > wanted[0] + 0.5:
                yield _picture(shown)
                wanted.pop(0)
            shown = frame
        for _ in wanted:
            assert shown is not None, "a clip has frames"
            yield _picture(shown)


def _picture(frame: VideoFrame) -> Image.Image:
    return Image.fromarray(frame.to_ndarray(format="rgb24"))


def _with_guides(picture: Image.Image, exhibit: Exhibit) -> Image.Image:
    """The picture with the edge of the safe area where the exhibit asks for it."""
    if not exhibit.draws_safe_area:
        return picture
    area = safe_area(exhibit.edit.export.platform, exhibit.edit.reframe.aspect_ratio)
    width, height = picture.size
    edges = (
        area.left * width,
        area.top * height,
        (1 - area.right) * width,
        (1 - area.bottom) * height,
    )
    ImageDraw.Draw(picture).rectangle(edges, outline=GUIDE, width=3)
    return picture

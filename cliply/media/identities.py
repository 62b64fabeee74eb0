"""Telling whether two faces are the same person's, and numbering the persons of a source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.domain.faces import Box
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, SettingsError
from cliply.media.face_patches import part_of
from cliply.media.frames import Picture

Looks = NDArray[np.float16]
"""Numbers that describe a face; only the recogniser that made them can compare them."""

SHAPE_PX = 32
SHAPE_BINS = 9
COLOUR_BINS = 8
"""Of each of the two channels of colour, and of lightness."""

PLACES = (
    (Box(-0.15, -0.35, 1.3, 0.5), 0.86),
    (Box(0.0, 0.0, 1.0, 1.0), 0.9),
    (Box(-0.5, 1.35, 2.0, 1.1), 0.9),
)
"""Hair, face and clothes, in sizes of the face from its corner, and how much their colours
have to be alike. Of one person in one place these are 0.92 to 1 (a hundred faces of a composed
talk and of films), of two in 19 of 21 pairs at least one is under 0.85."""

SAME_SHAPE = 0.8
SAME_SHAPE_ALONE = 0.99
"""How much shapes have to be alike, and how much when there are no colours to compare: two
strangers reach 0.98, so in black and white a person is hardly ever known again."""

COLOURFUL = 6.0
"""Mean distance from grey, in levels, under which a picture has no colours."""

SFACE_PX = 112
SFACE_SAME = 0.363
"""Cosine from which two faces are one person's, from the model's authors."""

MOST_PERSONS = 200
"""Further ones get no number, so that a crowd takes no more time."""

MOST_EXAMPLES = 5
"""Tracks of a person that others are compared with."""


class FaceRecogniser(Protocol):
    """Describes faces so that those of one person are alike."""

    @property
    def name(self) -> str:
        """Method or model, for the record."""
        ...

    def looks(self, grey: Picture, colour: Picture | None, box: Box) -> Looks | None:
        """What tells a face from others; None when too little of it is in the picture.

        `colour` is the same picture in BGR, of any size.
        """
        ...

    def likeness(self, one: Looks, others: NDArray[np.float16]) -> NDArray[np.float32]:
        """For each row of `others` how alike it is; from 1 on it is the same person."""
        ...


class PlainRecogniser:
    """Compares colours of hair, face and clothes and the shape of the face.

    It knows a person again in the same clothes and light, which is what the cuts of a talk
    show; a person seen otherwise becomes another one.
    """

    name = "colours and shape"

    def looks(self, grey: Picture, colour: Picture | None, box: Box) -> Looks | None:
        face = part_of(grey, box)
        if face is None:
            return None
        colours = [_colours(colour, box, place) for place, _ in PLACES]
        return np.concatenate([_shape(face.picture), *colours]).astype(np.float16)

    def likeness(self, one: Looks, others: NDArray[np.float16]) -> NDArray[np.float32]:
        products = others.astype(np.float32) * one.astype(np.float32)
        shape, *colours = (part.sum(axis=1) for part in np.split(products, _BORDERS, axis=1))
        wanted = [limit for _, limit in PLACES]
        alike = [shape / SAME_SHAPE, *(c / w for c, w in zip(colours, wanted, strict=True))]
        is_grey = np.asarray(colours[1] == 0)  # a face without colours has zeros there
        return np.asarray(
            np.where(is_grey, shape / SAME_SHAPE_ALONE, np.min(alike, axis=0)), np.float32
        )


class SFaceRecogniser:
    """SFace, a network that knows faces by themselves, run by OpenCV from an ONNX file."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError when the file is missing or no such network."""
        if not path.is_file():
            raise SettingsError(
                f"The face recogniser {path} is not there: set FACE_RECOGNISER to an SFace ONNX "
                "file, or unset it to tell persons apart by their colours."
            )
        try:
            self._network = cv2.FaceRecognizerSF.create(str(path), "")
            self._described(np.zeros((SFACE_PX, SFACE_PX, 3), np.uint8))
        except cv2.error:
            raise SettingsError(
                f"The face recogniser {path} can not be used: set FACE_RECOGNISER to an SFace "
                "ONNX file, or unset it to tell persons apart by their colours.",
                ErrorCode.model_unsupported,
            ) from None
        self.name = f"sface {path.name}"

    def looks(self, grey: Picture, colour: Picture | None, box: Box) -> Looks | None:
        """The face's own pixels are grey: `colour` may be too small."""
        face = part_of(grey, box)
        if face is None:
            return None
        size = (SFACE_PX, SFACE_PX)
        small = cv2.resize(face.picture, size, interpolation=cv2.INTER_AREA)
        return self._described(np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8))

    def likeness(self, one: Looks, others: NDArray[np.float16]) -> NDArray[np.float32]:
        return np.asarray(others.astype(np.float32) @ one.astype(np.float32)) / SFACE_SAME

    def _described(self, face: Picture) -> Looks:
        return _unit(np.asarray(self._network.feature(face)).ravel()).astype(np.float16)


class SeenTrack(NamedTuple):
    """What decides who a track is."""

    scene: int
    span: TimeRange
    looks: tuple[Looks, ...]


def number_persons(tracks: Sequence[SeenTrack], recogniser: FaceRecogniser) -> list[int | None]:
    """The person of each track, numbered in order of the tracks; None without looks.

    Faces that are in sight at the same time are different persons. The longest tracks come
    first, as theirs is the surest mean.
    """
    persons: list[_Person] = []
    chosen: dict[int, _Person] = {}
    order = sorted(range(len(tracks)), key=lambda n: -tracks[n].span.duration_ms)
    for number in order:
        track = tracks[number]
        if track.looks:
            looks = _mean(track.looks)
            person = _same(track, looks, persons, recogniser)
            if person is None and len(persons) < MOST_PERSONS:
                person = _Person()
                persons.append(person)
            if person is not None:
                person.take(track, looks)
                chosen[number] = person
    return _numbered([chosen.get(number) for number in range(len(tracks))])


class _Person:
    """The tracks that are one person's so far."""

    def __init__(self) -> None:
        self.tracks: dict[int, list[TimeRange]] = {}
        self.examples: list[Looks] = []

    def take(self, track: SeenTrack, looks: Looks) -> None:
        self.tracks.setdefault(track.scene, []).append(track.span)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(looks)

    def is_elsewhere(self, track: SeenTrack) -> bool:
        """Whether the person is in sight at another place while the track lasts."""
        return any(span.overlaps(track.span) for span in self.tracks.get(track.scene, ()))


def _same(
    track: SeenTrack, looks: Looks, persons: Sequence[_Person], recogniser: FaceRecogniser
) -> _Person | None:
    """The person who is most alike, and alike enough."""
    free = [person for person in persons if not person.is_elsewhere(track)]
    owners = [person for person in free for _ in person.examples]
    if not owners:
        return None
    examples = np.array([example for person in free for example in person.examples])
    alike = recogniser.likeness(looks, examples)
    best = int(np.argmax(alike))
    return owners[best] if alike[best] >= 1 else None


def _mean(looks: Sequence[Looks]) -> Looks:
    mean = np.asarray(np.mean(np.asarray(looks, np.float32), axis=0))
    return np.asarray(mean, np.float16)


def _numbered(persons: Sequence[_Person | None]) -> list[int | None]:
    numbers: dict[int, int] = {}
    return [
        None if person is None else numbers.setdefault(id(person), len(numbers))
        for person in persons
    ]


def _shape(face: Picture) -> NDArray[np.float32]:
    """Gradients in 16 fields of the face, without light and contrast."""
    size = (SHAPE_PX, SHAPE_PX)
    small = cv2.equalizeHist(cv2.resize(face, size, interpolation=cv2.INTER_AREA))
    hog = cv2.HOGDescriptor(size, size, size, (SHAPE_PX // 4, SHAPE_PX // 4), SHAPE_BINS)
    return _unit(np.asarray(hog.compute(small), np.float32).ravel())


def _colours(colour: Picture | None, face: Box, place: Box) -> NDArray[np.float32]:
    """Which colours a place at a face has; zeros where it has none or is not in the picture."""
    nothing = np.zeros(_COLOURS, np.float32)
    if colour is None:
        return nothing
    part = part_of(colour, _placed(face, place))
    if part is None:
        return nothing
    lab = cv2.cvtColor(part.picture, cv2.COLOR_BGR2Lab)
    if np.abs(lab[:, :, 1:].astype(np.float32) - 128).mean() < COLOURFUL and place.y == 0:
        return nothing
    bins = [COLOUR_BINS, COLOUR_BINS]
    chroma = cv2.calcHist([lab], [1, 2], None, bins, [80, 176, 80, 176]).ravel()
    light = cv2.calcHist([lab], [0], None, [COLOUR_BINS], [0, 256]).ravel()
    shares = [one / max(1.0, float(one.sum())) for one in (chroma, light)]
    return _unit(np.sqrt(np.concatenate(shares)))


def _placed(face: Box, place: Box) -> Box:
    return Box(
        face.x + place.x * face.width,
        face.y + place.y * face.height,
        place.width * face.width,
        place.height * face.height,
    )


def _unit(vector: NDArray[Any]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length > 0 else vector, np.float32)


_SHAPE = 16 * SHAPE_BINS
_COLOURS = COLOUR_BINS**2 + COLOUR_BINS
_BORDERS = [_SHAPE + n * _COLOURS for n in range(len(PLACES))]
"""Where the parts of a description begin, after the first."""

"""Faces of sampled frames, found beside the decoding."""

from functools import partial
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from cliply.domain.faces import Box, FaceSample
from cliply.media.beside import Beside
from cliply.media.face_log import FaceLog
from cliply.media.face_patches import mouth_change
from cliply.media.faces import FaceDetector, FaceNetwork
from cliply.media.frames import Picture
from cliply.media.identities import FaceRecogniser, Looks, PlainRecogniser
from cliply.media.search import FaceSearch
from cliply.media.tracks import SampledFrame

SECOND_MS = 60
"""So long after a sample its second picture comes: two frames at 24 to 30 a second …"""

LATE_MS = 150
"""… and later than this it tells nothing: a mouth has closed and opened again."""

LOOKS_EVERY_MS = 4_000
"""Looks of faces are taken this seldom, at new shots and when there are more of them: they tell
persons apart, and those stay the same. Four hours of two faces take 5 MB."""

LUMA_BLACK, LUMA_WHITE = 16, 235
"""Limited range, which grey pictures of decoded frames have."""


class FaceSampler:
    """Detects faces in pictures (in order of time) in a thread of its own."""

    def __init__(self, detector: FaceDetector, recogniser: FaceRecogniser | None = None) -> None:
        self._looker = _Looker(detector, recogniser or PlainRecogniser())
        self._beside = Beside("faces")
        self._first_ms: int | None = None

    def __enter__(self) -> Self:
        self._beside.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beside.__exit__(kind, error, trace)

    def add(
        self, time_ms: int, grey: Picture, *, is_new_shot: bool, colour: Picture | None = None
    ) -> None:
        """Queue a picture; waits while too many are queued. Raises what the detector raises.

        `colour` is the same picture in BGR, upright, of any size: 256x144 is enough, as it
        only tells colours. Without it persons are told apart by shapes, and networks see grey.
        """
        self._first_ms = time_ms
        self._beside.hand(partial(self._looker.sample, time_ms, grey, colour, is_new_shot))

    def wants_second(self, time_ms: int) -> bool:
        """Whether a frame of this time should be given as the second picture of a sample.

        Mouths are compared between the two. It does not depend on whether there are faces,
        as that is known at another moment in each run.
        """
        if self._first_ms is None:
            return False
        return SECOND_MS <= time_ms - self._first_ms <= LATE_MS

    def add_second(self, grey: Picture) -> None:
        """Queue the second picture of the last sample, of the size of the first."""
        self._first_ms = None
        self._beside.hand(partial(self._looker.compare, grey))

    def finish(self) -> list[SampledFrame]:
        """All sampled frames in order of time, when everything is done."""
        self._beside.finish()
        return list(self._looker.log.frames())


class _Looker:
    """What the thread does and knows."""

    def __init__(self, detector: FaceDetector, recogniser: FaceRecogniser) -> None:
        self._search = FaceSearch(detector)
        self._wants_colour = isinstance(detector, FaceNetwork)
        self._recogniser = recogniser
        self._grey: Picture | None = None
        self._has_second = False
        self._looked_ms = -LOOKS_EVERY_MS
        self._looked_at = 0
        self.log = FaceLog()

    def sample(
        self, time_ms: int, grey: Picture, colour: Picture | None, is_new_shot: bool
    ) -> None:
        """Find the faces of a picture and, now and then, take their looks."""
        full = coloured(grey, colour) if self._wants_colour and colour is not None else None
        found = self._search.find(time_ms, grey, is_new_shot=is_new_shot, colour=full)
        before = None if is_new_shot or self._has_second else self._grey
        self._grey, self._has_second = grey, False
        faces = tuple(
            FaceSample(time_ms, box, score, _motion(before, grey, box)) for box, score in found
        )
        looks: tuple[Looks | None, ...] = ()
        if is_new_shot or self._is_due(time_ms, len(faces)):
            looks = self._looks(faces, grey, colour)
            self._looked_ms, self._looked_at = time_ms, len(faces)
        self.log.add(SampledFrame(time_ms, faces, looks))

    def compare(self, grey: Picture) -> None:
        """Tell how far mouths moved from the last sample to this picture.

        Where there are no second pictures it is the motion since the sample before. Composed
        talks, one sample alone: the speaker's is the larger in 88 of 100 samples two frames
        later, in 55 half a second later; without taking out the head's movement in 12 and 7
        when the listener nods.
        """
        self._has_second = True
        last = self.log.last
        assert last is not None, "the second picture of a sample comes after it"
        faces = tuple(
            face._replace(mouth_motion=_motion(self._grey, grey, face.box)) for face in last.faces
        )
        self.log.last = last._replace(faces=faces)

    def _is_due(self, time_ms: int, faces: int) -> bool:
        return time_ms - self._looked_ms >= LOOKS_EVERY_MS or faces > self._looked_at

    def _looks(
        self, faces: tuple[FaceSample, ...], grey: Picture, colour: Picture | None
    ) -> tuple[Looks | None, ...]:
        return tuple(
            self._recogniser.looks(grey, colour, face.box) if face.is_seen else None
            for face in faces
        )


def _motion(before: Picture | None, now: Picture, box: Box) -> float:
    return 0.0 if before is None else mouth_change(before, now, box)


def coloured(grey: Picture, colour: Picture) -> Picture:
    """BGR of the grey picture's size and detail with the colours of a smaller one.

    Chroma is stored at half the size anyway, and networks were trained on such pictures.
    """
    size = grey.shape[1], grey.shape[0]
    chroma = cv2.cvtColor(colour, cv2.COLOR_BGR2YCrCb)
    full = cv2.resize(chroma, size, interpolation=cv2.INTER_LINEAR)
    full[:, :, 0] = FULL_RANGE[grey]
    return np.asarray(cv2.cvtColor(full, cv2.COLOR_YCrCb2BGR), np.uint8)


FULL_RANGE: Picture = np.asarray(
    np.clip((np.arange(256) - LUMA_BLACK) * 255 / (LUMA_WHITE - LUMA_BLACK), 0, 255).round(),
    np.uint8,
)
"""What a limited luma is in full range, by its value."""

"""Cuts, from the differences of neighbouring frames and their times."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from cliply.domain.scenes import CutRule, Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.motion import MotionMeter

THRESHOLD = 27.0
"""HSV difference of neighbouring frames that makes a cut; PySceneDetect's own default."""

LEAST_LEVEL = 15.0
"""Difference that the adaptive detector asks for in any case; PySceneDetect's default."""

RATIO = 3.0
"""How often a cut's difference is that of its neighbours; PySceneDetect's default."""

WINDOW = 2
"""Neighbours on each side that the adaptive detector looks at; PySceneDetect's default."""

MIN_SHOT_FRAMES = 15
"""Cuts closer than this are one; PySceneDetect's default."""

SETTLED_FRAMES = MIN_SHOT_FRAMES + 1
"""A frame so long after the last high score is the last that the filter has to decide on."""

MILLISECOND = Fraction(1, 1000)


class Cut(NamedTuple):
    """A cut and who found it."""

    time_ms: int
    """Time of the first frame after it."""
    found_by: tuple[CutRule, ...]


class CutDetector(Protocol):
    """Decides from frame differences where shots begin."""

    def feed(self, time_ms: int, level: float) -> bool:
        """Take the next frame's difference; whether a new shot has begun, now or just before."""

    @property
    def cuts_ms(self) -> Sequence[int]:
        """Times of the first frame after each cut so far."""


class ContentDetector:
    """PySceneDetect's content detector: its threshold and its filter against flashes.

    The score of a frame comes from `MotionMeter`, which computes the same number at a
    third of the cost.
    """

    def __init__(self, frame_rate: Fraction) -> None:
        from scenedetect.detector import FlashFilter

        self._filter = FlashFilter(FlashFilter.Mode.MERGE, MIN_SHOT_FRAMES)
        self._frame_rate = frame_rate
        self._settled_ms = round(SETTLED_FRAMES * 1000 / frame_rate)
        self._until_ms: int | None = 0
        self.cuts_ms: list[int] = []

    def feed(self, time_ms: int, level: float) -> bool:
        """A cut amid flashes is found only later, in `cuts_ms`."""
        is_high = level >= THRESHOLD
        if is_high:
            self._until_ms = time_ms + self._settled_ms
        if self._until_ms is None:
            return False
        if time_ms >= self._until_ms:
            self._until_ms = None
        return self._decide(time_ms, is_high)

    def _decide(self, time_ms: int, is_high: bool) -> bool:
        moment = _moment(time_ms, self._frame_rate)
        found = [cut.pts for cut in self._filter.filter(moment, is_high)]
        self.cuts_ms.extend(found)
        return time_ms in found


class AdaptiveDetector:
    """PySceneDetect's adaptive detector, fed with the differences we have.

    It knows of a cut two frames later.
    """

    def __init__(self, frame_rate: Fraction) -> None:
        self._frame_rate = frame_rate
        self._detector = _adaptive_of_levels()
        self.cuts_ms: list[int] = []

    def feed(self, time_ms: int, level: float) -> bool:
        moment = _moment(time_ms, self._frame_rate)
        found = [cut.pts for cut in self._detector.process_frame(moment, level)]
        self.cuts_ms.extend(found)
        return bool(found)


class CutFinder:
    """All detectors that a rule asks for."""

    def __init__(self, rule: CutRule, frame_rate: Fraction) -> None:
        self.rule = rule
        self._least_gap_ms = float(MIN_SHOT_FRAMES * 1000 / frame_rate)
        self._detectors: dict[CutRule, CutDetector] = {}
        if rule is not CutRule.adaptive:
            self._detectors[CutRule.content] = ContentDetector(frame_rate)
        if rule is not CutRule.content:
            self._detectors[CutRule.adaptive] = AdaptiveDetector(frame_rate)

    def feed(self, time_ms: int, level: float) -> bool:
        """Take the next frame's difference; whether any detector sees a new shot."""
        began = [detector.feed(time_ms, level) for detector in self._detectors.values()]
        return any(began)

    def cuts(self) -> list[Cut]:
        """In order; two of different detectors closer than a shot are one, at the first's time."""
        told = [(time_ms, rule) for rule, one in self._detectors.items() for time_ms in one.cuts_ms]
        found: list[Cut] = []
        for time_ms, rule in sorted(set(told), key=_in_order):
            before = found[-1] if found else None
            if before is None or self._is_another(before, time_ms, rule):
                found.append(Cut(time_ms, (rule,)))
            else:
                found[-1] = Cut(before.time_ms, (*before.found_by, rule))
        return found

    def _is_another(self, before: Cut, time_ms: int, rule: CutRule) -> bool:
        return rule in before.found_by or time_ms - before.time_ms >= self._least_gap_ms


def _in_order(told: tuple[int, CutRule]) -> tuple[int, bool]:
    return told[0], told[1] is not CutRule.content


def rule_name(rule: CutRule) -> str:
    """The detector with its thresholds, for people."""
    content = f"content {THRESHOLD:g}"
    adaptive = f"adaptive {RATIO:g} above {LEAST_LEVEL:g}"
    names = {
        CutRule.content: content,
        CutRule.adaptive: adaptive,
        CutRule.both: f"{content} or {adaptive}",
    }
    return f"pyscenedetect {names[rule]}"


def scenes_between(
    cuts: Sequence[Cut], span: TimeRange, motion: MotionMeter, rule: CutRule
) -> SceneList:
    """The shots of a span; cuts outside of it are ignored."""
    inside = [cut for cut in cuts if span.start_ms < cut.time_ms < span.end_ms]
    starts = [Cut(span.start_ms, ()), *inside]
    ends = [*(cut.time_ms for cut in inside), span.end_ms]
    shots = [
        (TimeRange(start_ms=start.time_ms, end_ms=end), start.found_by)
        for start, end in zip(starts, ends, strict=True)
    ]
    scenes = tuple(
        Scene(span=shot, motion=motion.mean_level(shot), found_by=found_by)
        for shot, found_by in shots
    )
    return SceneList(scenes=scenes, detector=rule_name(rule))


def _moment(time_ms: int, frame_rate: Fraction) -> Any:
    from scenedetect.common import FrameTimecode, Timecode

    return FrameTimecode(Timecode(time_ms, MILLISECOND), fps=frame_rate)


def _adaptive_of_levels() -> Any:
    """PySceneDetect's class with the frame's score given in place of its picture."""
    from scenedetect import detectors

    class OfLevels(detectors.AdaptiveDetector):  # type: ignore[misc]
        def _calculate_frame_score(self, timecode: object, frame_img: float) -> float:
            return frame_img

    return OfLevels(
        adaptive_threshold=RATIO,
        min_scene_len=MIN_SHOT_FRAMES,
        window_width=WINDOW,
        min_content_val=LEAST_LEVEL,
    )

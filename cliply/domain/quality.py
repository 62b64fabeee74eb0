"""The quality report of a render."""

from enum import StrEnum

from cliply.domain.value import Value


class QualityCheck(StrEnum):
    """What is looked at in every render."""

    duration = "duration"
    av_offset = "av_offset"
    black_frames = "black_frames"
    frozen_frames = "frozen_frames"
    face_cut_off = "face_cut_off"
    caption_safe_area = "caption_safe_area"
    caption_speed = "caption_speed"
    word_cut = "word_cut"
    loudness = "loudness"
    true_peak = "true_peak"


class Finding(Value):
    """What one check found."""

    check: QualityCheck
    passed: bool
    value: float | None = None
    """The measured figure, in the unit that the limit has; None where nothing applies."""
    limit: float | None = None
    message: str
    """One sentence for a person."""


class QualityReport(Value):
    """All checks of one render, and what was repaired before they passed or failed."""

    findings: tuple[Finding, ...]
    repairs: tuple[str, ...] = ()
    """Each a sentence."""

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What a person should look at; a clip with any needs attention."""
        return tuple(finding for finding in self.findings if not finding.passed)

    @property
    def passed(self) -> bool:
        return not self.failed

"""Where a platform draws nothing of its own over a clip."""

from typing import NamedTuple

from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio


class SafeArea(NamedTuple):
    """Margins as fractions of the frame's width (left, right) and height (top, bottom)."""

    left: float
    right: float
    top: float
    bottom: float


FEED = SafeArea(0.06, 0.06, 0.08, 0.10)
"""Shapes other than 9:16: players draw their controls beside the picture or, while paused,
over its foot. Inside the title-safe area of television (5 % on every side, SMPTE ST 2046-1)."""

FULL_SCREEN = SafeArea(0.08, 0.08, 0.10, 0.15)
"""9:16 where the platform publishes nothing: our own choice of a foot of 15 %."""

PORTRAIT = {
    Platform.youtube: SafeArea(0.12, 0.12, 0.10, 0.15),
    Platform.tiktok: SafeArea(0.12, 0.12, 0.10, 0.17),
    Platform.instagram: SafeArea(0.10, 0.10, 0.14, 0.17),
    Platform.x: FULL_SCREEN,
    Platform.linkedin: FULL_SCREEN,
}
"""What apps draw over ordinary posts in 9:16. Only Meta publishes figures, and those for
advertisements with a button (Reels: 14 % top, 35 % bottom, 6 % sides); its top is taken as it
is, its foot is not, as posts have no button. TikTok and YouTube publish templates without
figures; guides by others say 110-150 of 1080 pixels for the column of buttons at the right
and 320-440 of 1920 for the foot. The rest is our choice. Left and right are alike so that
captions stand in the middle. Look again when apps change."""


def safe_area(platform: Platform, aspect: AspectRatio) -> SafeArea:
    """Margins that no text may enter; `any` takes the widest of all platforms."""
    if aspect is not AspectRatio.portrait:
        return FEED
    if platform is Platform.any:
        return SafeArea(*(max(margins) for margins in zip(*PORTRAIT.values(), strict=True)))
    return PORTRAIT[platform]

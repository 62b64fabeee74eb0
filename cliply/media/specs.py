"""Assembles what decides the bytes of a clip."""

from collections.abc import Sequence
from fractions import Fraction

from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio, Framing
from cliply.domain.media import SourceMedia
from cliply.domain.rendering import AudioGain, EncoderSpec, RenderSpec, Toolchain
from cliply.domain.transcript import Word
from cliply.media.captions import caption_spec
from cliply.media.cues import cue_limits, make_cues
from cliply.media.fonts import CaptionFonts

FRAME_RATE = Fraction(30)


def build_spec(
    *,
    source: SourceMedia,
    source_hash: str,
    title: str,
    aspect: AspectRatio,
    style: CaptionStyle,
    framing: Framing,
    words: Sequence[Word],
    gain: AudioGain | None,
    toolchain: Toolchain,
    fonts: CaptionFonts,
) -> RenderSpec:
    """The render spec of one clip; its span is the framing's.

    `words` are those of the source or of the clip, in source time. Without captions in the
    picture the cues are there all the same, for the sidecar files. `gain` is ignored for a
    source without sound.
    """
    max_words, max_chars = cue_limits(aspect)
    burned = style is not CaptionStyle.none
    return RenderSpec(
        toolchain=toolchain,
        source_hash=source_hash,
        source=source,
        span=framing.span,
        title=title,
        aspect_ratio=aspect,
        framing=framing,
        cues=make_cues(words, framing.span, max_words=max_words, max_chars=max_chars),
        captions=caption_spec(style, aspect, fonts) if burned else None,
        audio=gain if source.audio else None,
        encoder=EncoderSpec(frame_rate=FRAME_RATE),
    )

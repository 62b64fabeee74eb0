"""The mask of the people in a clip, made before the render that needs it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from cliply.domain.effects import EffectsSpec, Keying
from cliply.domain.rendering import BrandClips, RenderSpec
from cliply.domain.timeline import Timeline
from cliply.media.effects.person_mask import PersonSegmenter

SMALLER = 4
"""Masks are made at this part of the clip's width; their edges are blurred anyway."""

OpenSegmenter = Callable[[Path], AbstractContextManager[PersonSegmenter]]
"""Makes a segmenter from a file of weights."""


def needs_mask(spec: RenderSpec) -> bool:
    """Whether the clip's background is keyed by person."""
    return spec.effects.key is not None and spec.effects.key.keying is Keying.person


def unadorned(spec: RenderSpec) -> RenderSpec:
    """The clip's body, small, without effects, text, intro and outro: what a mask is made of."""
    width, height = (max(2, side // SMALLER // 2 * 2) for side in spec.size_px)
    small = {"width_px": width, "height_px": height, "preset": "ultrafast", "crf": 18}
    timeline = Timeline(
        frame_rate=spec.timeline.frame_rate,
        spans=spec.timeline.spans,
        transitions=spec.timeline.transitions,
    )
    return spec.model_copy(
        update={
            "timeline": timeline,
            "effects": EffectsSpec(),
            "cues": (),
            "captions": None,
            "brand": BrandClips(),
            "encoder": spec.encoder.model_copy(update=small),
        }
    )

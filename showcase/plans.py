"""All contact sheets."""

from collections.abc import Callable

from showcase import (
    caption_positions,
    caption_scripts,
    caption_styles,
    effects,
    layouts,
    posters,
    transitions,
)
from showcase.exhibits import Plan

PLANS: tuple[Callable[[], Plan], ...] = (
    caption_styles.plan,
    caption_scripts.plan,
    caption_positions.plan,
    layouts.plan,
    effects.plan,
    transitions.plan,
    posters.plan,
)

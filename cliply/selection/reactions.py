"""How an audience answers, as far as one can hear it."""

from cliply.domain.audio import SoundEvent, SoundKind

REACTIONS = (SoundKind.laughter, SoundKind.applause, SoundKind.shout)
DOUBTFUL, CERTAIN = 0.35, 0.85
"""Likelihoods up to which an event counts nothing, and from which on it counts fully."""
FULL_REACTION_MS = 1_500
"""Shorter reactions count by their length."""


def strength(event: SoundEvent) -> float:
    """How much a reaction counts, 0…1: by its likelihood and, if it is short, its length."""
    if event.kind not in REACTIONS:
        return 0.0
    sure = (event.likelihood - DOUBTFUL) / (CERTAIN - DOUBTFUL)
    return min(max(sure, 0.0), 1.0) * min(1.0, event.span.duration_ms / FULL_REACTION_MS)

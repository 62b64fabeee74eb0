"""What a tenant asks the moments to be about."""

from typing import Protocol

from cliply.domain.candidates import NearMiss
from cliply.domain.timing import TimeRange
from cliply.selection.series import Floats
from cliply.selection.windows import Windows


class Focus(Protocol):
    """A subject that was asked for, and where the source has it."""

    @property
    def least(self) -> float:
        """Windows of less relevance are not about the subject."""

    def relevance(self, windows: Windows) -> Floats:
        """How much each window is about the subject, 0…1."""

    def explain(self, span: TimeRange) -> str:
        """Why the span is about it, as a sentence."""

    def explain_absence(self) -> str:
        """One sentence for the tenant when nothing in the source is (SEL-7)."""

    def near_misses(self) -> tuple[NearMiss, ...]:
        """What comes nearest to it, nearest first, when nothing is."""

"""The graph around a small talk."""

from tests_end_to_end.graph.conftest import materialise, store, submitted

__all__ = ["materialise", "store", "submitted"]

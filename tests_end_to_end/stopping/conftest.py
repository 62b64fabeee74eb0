"""The graph around a small talk."""

from tests.graph.conftest import materialise, store, submitted

__all__ = ["materialise", "store", "submitted"]

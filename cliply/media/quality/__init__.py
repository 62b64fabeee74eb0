"""The quality report: a finished clip, looked at and listened to against its render spec."""

from cliply.media.quality.edge_repairs import mended_edges
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.report import examine

__all__ = ["Evidence", "examine", "mended_edges"]

"""The Cliply library: everything that is true without Dagster and without HTTP."""

__version__ = "0.1.0"

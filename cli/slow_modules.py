"""What a process imports before the processes that do runs and steps are forked from it."""

SLOW = (
    "dagster._cli.api",
    "sqlalchemy.orm",
    "psycopg",
    "psycopg2",
    "pydantic_settings",
    "scipy.signal",
    "cv2",
    "av",
    "cliply.db.models",
    "cliply.installation",
)
"""4 of the 5.3 CPU seconds that a run's process took to its first step.

Polars and pyarrow are not among them: they start threads when they are imported, which a
fork leaves behind. Nor is what touches a GPU, which one process can not hand to another.
"""

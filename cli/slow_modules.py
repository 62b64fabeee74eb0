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
    "cliply.media.brand_clips",
    "cliply.media.reframe",
    "cliply.services.link_ingest",
    "cliply.services.search",
    "cliply.services.transcription",
    "resources.embedding",
    "resources.face_detection",
    "resources.ranking",
    "resources.transcribers",
    "sensors.run_requests",
)
"""All but half a second of what a run's process took to its first step.

None of them imports Polars or pyarrow: those start threads when they are imported, which a
fork leaves behind. Nor does one touch a GPU, which one process can not hand to another.
"""

"""Rows: what has identity and, but for workspaces and users, one workspace that owns it."""

from cliply.db.models.brand_files import BrandFile
from cliply.db.models.brand_kits import BrandKit
from cliply.db.models.clips import Clip
from cliply.db.models.job_events import JobEvent
from cliply.db.models.job_steps import JobStep
from cliply.db.models.jobs import Job
from cliply.db.models.renders import Render
from cliply.db.models.rows import Row
from cliply.db.models.run_requests import RunRequest
from cliply.db.models.source_videos import SourceVideo
from cliply.db.models.users import User
from cliply.db.models.vocabulary_terms import VocabularyTerm
from cliply.db.models.word_corrections import WordCorrection
from cliply.db.models.workspaces import Workspace

__all__ = [
    "BrandFile",
    "BrandKit",
    "Clip",
    "Job",
    "JobEvent",
    "JobStep",
    "Render",
    "Row",
    "RunRequest",
    "SourceVideo",
    "User",
    "VocabularyTerm",
    "WordCorrection",
    "Workspace",
]

"""Rows: what has identity and, but for workspaces and users, one workspace that owns it."""

from cliply.db.models.api_tokens import ApiToken
from cliply.db.models.audit_entries import AuditEntry
from cliply.db.models.brand_files import BrandFile
from cliply.db.models.brand_kits import BrandKit
from cliply.db.models.clip_comments import ClipComment
from cliply.db.models.clips import Clip
from cliply.db.models.idempotency_keys import IdempotencyKey
from cliply.db.models.invitations import Invitation
from cliply.db.models.job_events import JobEvent
from cliply.db.models.job_removals import JobRemoval
from cliply.db.models.job_steps import JobStep
from cliply.db.models.jobs import Job
from cliply.db.models.mailed_tokens import MailedToken
from cliply.db.models.members import Member
from cliply.db.models.rate_windows import RateWindow
from cliply.db.models.refresh_tokens import RefreshToken
from cliply.db.models.renders import Render
from cliply.db.models.row_counts import RowCount
from cliply.db.models.rows import Row
from cliply.db.models.run_requests import RunRequest
from cliply.db.models.source_videos import SourceVideo
from cliply.db.models.uploads import Upload
from cliply.db.models.users import User
from cliply.db.models.vocabulary_terms import VocabularyTerm
from cliply.db.models.webhook_deliveries import WebhookDelivery
from cliply.db.models.webhook_events import WebhookEvent
from cliply.db.models.webhook_subscriptions import WebhookSubscription
from cliply.db.models.word_corrections import WordCorrection
from cliply.db.models.workspaces import Workspace

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BrandFile",
    "BrandKit",
    "Clip",
    "ClipComment",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "JobEvent",
    "JobRemoval",
    "JobStep",
    "MailedToken",
    "Member",
    "RateWindow",
    "RefreshToken",
    "Render",
    "Row",
    "RowCount",
    "RunRequest",
    "SourceVideo",
    "Upload",
    "User",
    "VocabularyTerm",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookSubscription",
    "WordCorrection",
    "Workspace",
]

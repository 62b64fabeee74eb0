"""A workspace that has one of everything."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.backend import Backend
from cliply.db.clips import list_clips
from cliply.db.models import (
    ApiToken,
    AuditEntry,
    BrandFile,
    BrandKit,
    ClipComment,
    IdempotencyKey,
    Invitation,
    Job,
    JobRemoval,
    JobStep,
    Member,
    Row,
    Upload,
    User,
    VocabularyTerm,
    WebhookDelivery,
    WebhookEvent,
    WebhookSubscription,
    WordCorrection,
)  # fmt: skip
from cliply.db.models.uploads import UploadKind, UploadMethod, UploadStatus
from cliply.db.models.webhook_deliveries import DeliveryStatus
from cliply.db.run_requests import add_run_request
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.access import Permission, Role
from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.brand import BrandKit as Kit
from cliply.domain.ids import JobId, UserId, WorkspaceId
from cliply.domain.jobs import StepStatus
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.domain.vocabulary import Term
from cliply.storage.keys import artifact_key
from tests.api.clients import Person
from tests.rows import render_files, rendered_job

SOON = datetime.now(UTC) + timedelta(days=1)


@dataclass(frozen=True)
class Estate:
    owner: Person
    ids: dict[str, Any]
    """By the names of path parameters."""


LOGO = Attachment(kind=AttachmentKind.image, content_hash="0" * 64, size_bytes=9)

WORDS = Transcript(language="en", engine="sidecar", quality=TranscriptQuality.given)


def settled(backend: Backend, system: Engine, workspace: WorkspaceId, owner: Person) -> Estate:
    """Rows in every table of the workspace."""
    ref = rendered_job(backend.engine, workspace, 1_000, 60_000)
    words = artifact_key(ref, "transcript", ".json")
    backend.store.put_bytes(words, WORDS.model_dump_json().encode())
    backend.store.put_bytes(render_files(1).video_key, b"a film")
    names = ("comment", "upload", "kit", "file", "invitation", "token", "subscription", "delivery")
    ids: dict[str, Any] = {f"{name}_id": uuid4() for name in names}
    ids |= {"workspace_id": workspace, "user_id": UserId(uuid4()), "job_id": ref.job_id}
    with system_session(system) as session:
        address = f"{ids['user_id'].hex}@example.com"
        session.add(User(id=ids["user_id"], email=address, name="A colleague"))
    with workspace_session(backend.engine, workspace) as session:
        ids["clip_id"] = list_clips(session, ref.job_id)[0].id
        ids["source_id"] = session.get_one(Job, ref.job_id).source_video_id
        session.add(Member(workspace_id=workspace, user_id=ids["user_id"], role=Role.viewer))
        session.flush()
        session.add_all([*_people(ids, owner), *_things(ids), *_words(ids)])
        session.add_all(_webhooks(session, ids))
        add_run_request(session, ref, [], priority=0, reason="tried")
    return Estate(owner, ids)


def _people(ids: dict[str, Any], owner: Person) -> list[Row]:
    mine = {"workspace_id": ids["workspace_id"]}
    return [
        ClipComment(**mine, id=ids["comment_id"], clip_id=ids["clip_id"],
                    author_id=owner.user_id, text="Shorter, please."),
        Invitation(**mine, id=ids["invitation_id"], email="new@example.com", role=Role.viewer,
                   token_hash=uuid4().hex, expires_at=SOON),
        ApiToken(**mine, id=ids["token_id"], user_id=owner.user_id, name="CI",
                 prefix="cliply_abc", token_hash=uuid4().hex,
                 scopes=[Permission.jobs_read.value]),
        AuditEntry(**mine, action="job.create", resource_type="job"),
        IdempotencyKey(**mine, actor=f"user:{owner.user_id}", key="k", request_digest="0" * 64,
                       status=201, headers={}, body="{}"),
    ]  # fmt: skip


def _things(ids: dict[str, Any]) -> list[Row]:
    mine, folder = {"workspace_id": ids["workspace_id"]}, ids["workspace_id"].hex
    return [
        JobStep(**mine, id=uuid4(), job_id=ids["job_id"], name="scenes",
                status=StepStatus.completed),
        Upload(**mine, id=ids["upload_id"], kind=UploadKind.media, method=UploadMethod.app,
               status=UploadStatus.waiting, file_name="talk.mp4", content_type="video/mp4",
               size_bytes=10, object_key=f"{folder}/uploads/{ids['upload_id'].hex}.mp4",
               expires_at=SOON),
        BrandKit(**mine, id=ids["kit_id"], name="House", kit=Kit(name="House")),
        BrandFile(**mine, id=ids["file_id"], name="logo.png", kind=AttachmentKind.image,
                  attachment=LOGO, object_key=f"{folder}/brand/{ids['file_id'].hex}.png"),
    ]  # fmt: skip


def _words(ids: dict[str, Any]) -> list[Row]:
    mine = {"workspace_id": ids["workspace_id"]}
    return [
        VocabularyTerm(**mine, id=uuid4(), text="Cliply", term=Term(text="Cliply")),
        WordCorrection(**mine, id=uuid4(), content_hash="0" * 64, start_ms=0, end_ms=9,
                       text="a", heard="b"),
        JobRemoval(**mine, job_id=JobId(uuid4()), run_ids=[]),
    ]  # fmt: skip


def _webhooks(session: Session, ids: dict[str, Any]) -> list[Row]:
    mine = {"workspace_id": ids["workspace_id"]}
    event = WebhookEvent(**mine, message_id=uuid4(), kind="job.completed", payload={})
    subscription = WebhookSubscription(
        **mine, id=ids["subscription_id"], url="https://example.com/", events=["job.*"],
        secret="sealed",
    )  # fmt: skip
    session.add_all([event, subscription])
    session.flush()
    return [
        WebhookDelivery(**mine, id=ids["delivery_id"], subscription_id=subscription.id,
                        event_id=event.id, status=DeliveryStatus.waiting),
    ]  # fmt: skip

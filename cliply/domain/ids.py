"""Identifiers that must not be mixed up."""

import re
from typing import NamedTuple, NewType, Self
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
UserId = NewType("UserId", UUID)
SourceId = NewType("SourceId", UUID)
JobId = NewType("JobId", UUID)
ClipId = NewType("ClipId", UUID)
RenderId = NewType("RenderId", UUID)
BrandFileId = NewType("BrandFileId", UUID)
BrandKitId = NewType("BrandKitId", UUID)
TermId = NewType("TermId", UUID)
CorrectionId = NewType("CorrectionId", UUID)
ApiTokenId = NewType("ApiTokenId", UUID)
InvitationId = NewType("InvitationId", UUID)
UploadId = NewType("UploadId", UUID)
CommentId = NewType("CommentId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)

LOCAL_WORKSPACE = WorkspaceId(UUID("10ca1000-0000-4000-8000-000000000001"))
"""The built-in workspace of the command line."""

PARTITION_KEY = re.compile(r"[0-9a-f]{32}~[0-9a-f]{32}")


class JobRef(NamedTuple):
    """A job and the workspace that owns it; its text is the job's partition key.

    Partition keys become paths, so the text is two hexadecimal UUIDs around a tilde
    and nothing else. It is built and parsed here only.
    """

    workspace_id: WorkspaceId
    job_id: JobId

    @classmethod
    def parse(cls, key: str) -> Self:
        """Raises ValueError for any text that `str(ref)` would not have produced."""
        if not PARTITION_KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not a job's partition key")
        workspace, job = key.split("~")
        return cls(WorkspaceId(UUID(workspace)), JobId(UUID(job)))

    def __str__(self) -> str:
        return f"{self.workspace_id.hex}~{self.job_id.hex}"

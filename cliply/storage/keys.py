"""The only builder of object keys.

Every key begins with the workspace that owns the object. Parts are hexadecimal ids and
fixed words, never text of a tenant, so a key can not leave its workspace.
"""

import re
from uuid import UUID, uuid4

from cliply.domain.ids import BrandFileId, JobId, JobRef, SourceId, UploadId, WorkspaceId

SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
RENDER_KEY = re.compile(r"([0-9a-f]{32})/clips/([0-9a-f]{32})/c(\d{2})/v\d+\.[a-z0-9]{1,8}")

ANALYSIS_KEY = re.compile(r"([0-9a-f]{32})/analysis/([0-9a-f]{32})/")


def source_key(workspace_id: WorkspaceId, source_id: SourceId, suffix: str) -> str:
    """The uploaded media; `suffix` as in `.mp4`."""
    return f"{workspace_id.hex}/sources/{source_id.hex}/source{_checked(suffix)}"


def sidecar_key(workspace_id: WorkspaceId, source_id: SourceId, suffix: str) -> str:
    """A transcript that came with the media."""
    return f"{workspace_id.hex}/sources/{source_id.hex}/transcript{_checked(suffix)}"


def sources_prefix(workspace_id: WorkspaceId) -> str:
    """Where all media of a workspace and what came with them lie."""
    return f"{workspace_id.hex}/sources"


def artifact_key(ref: JobRef, name: str, suffix: str) -> str:
    """One analysis result of a job (ANA-9); `name` is the asset's own."""
    if not re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)*", name):
        raise ValueError(f"{name!r} is not the name of an artifact")
    return f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}/{name}{_checked(suffix)}"


def render_key(ref: JobRef, slot: int, version: int, suffix: str) -> str:
    """One file of one version of one clip."""
    return f"{ref.workspace_id.hex}/clips/{ref.job_id.hex}/c{slot:02d}/v{version}{_checked(suffix)}"


def slot_prefix(ref: JobRef, slot: int) -> str:
    """Where all versions of all clips lie that a slot of a job has ever held."""
    return f"{ref.workspace_id.hex}/clips/{ref.job_id.hex}/{slot_name(slot)}"


def analysis_prefix(ref: JobRef) -> str:
    """Where all analysis results of a job lie."""
    return f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}"


def analysis_of_workspace(workspace_id: WorkspaceId) -> str:
    """Where all analysis results of a workspace lie."""
    return f"{workspace_id.hex}/analysis"


def analysed_job(key: str) -> JobRef | None:
    """The job that an analysis result is of; None for any other key."""
    found = ANALYSIS_KEY.match(key)
    if found is None:
        return None
    workspace, job = found.groups()
    return JobRef(WorkspaceId(UUID(workspace)), JobId(UUID(job)))


def job_clips_prefix(ref: JobRef) -> str:
    """Where all renders of a job lie."""
    return f"{clips_prefix(ref.workspace_id)}/{ref.job_id.hex}"


def clips_prefix(workspace_id: WorkspaceId) -> str:
    """Where all renders of a workspace lie."""
    return f"{workspace_id.hex}/clips"


def slot_of(key: str) -> tuple[JobRef, int] | None:
    """The job and slot that a render's file is of; None for any other key."""
    found = RENDER_KEY.fullmatch(key)
    if found is None:
        return None
    workspace, job, slot = found.groups()
    return JobRef(WorkspaceId(UUID(workspace)), JobId(UUID(job))), int(slot)


def brand_key(workspace_id: WorkspaceId, file_id: BrandFileId, suffix: str) -> str:
    """A logo, font or other file that edits of the workspace may use."""
    return f"{workspace_id.hex}/brand/{file_id.hex}{_checked(suffix)}"


def upload_key(workspace_id: WorkspaceId, upload_id: UploadId, suffix: str) -> str:
    """A file that was sent and not yet accepted."""
    return f"{workspace_id.hex}/uploads/{upload_id.hex}{_checked(suffix)}"


def search_prefix(workspace_id: WorkspaceId) -> str:
    """Folder of the workspace's search tables, which are written by the search library itself."""
    return f"{workspace_id.hex}/search"


def trial_key() -> str:
    """A key of no workspace, for trying out the storage itself."""
    return f"trial/{uuid4().hex}.bin"


def slot_name(slot: int) -> str:
    """`c00` … `c19`: the clip's place in the asset graph."""
    return f"c{slot:02d}"


def _checked(suffix: str) -> str:
    if not SUFFIX.fullmatch(suffix):
        raise ValueError(f"{suffix!r} is not a file suffix")
    return suffix

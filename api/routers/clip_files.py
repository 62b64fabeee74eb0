"""Downloads of clips: by members, and by whoever has a signed link."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from api.byte_ranges import download_answers, file_answer
from api.clip_files import CONTENT_TYPES, ClipFile, file_path, find_download, name_of
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.schemas.clips import INT4
from api.work import Work, needs
from cliply.db.clips import get_clip
from cliply.db.session import workspace_session
from cliply.domain.access import Permission
from cliply.domain.ids import ClipId, WorkspaceId
from cliply.services.clip_contents import SUFFIXES, CutListFormat, cut_list_of
from cliply.services.links import check_link
from cliply.storage.bucket import disposition

router = APIRouter(prefix="/api", tags=["clips"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.clips_read)]
ClipPath = Annotated[UUID, Path(description="The clip's id.")]
Version = Annotated[int, Path(ge=1, le=INT4)]
Wanted = Annotated[ClipFile, Query(description="Which file of the version.")]
WantedVersion = Annotated[
    int | None, Query(ge=1, le=INT4, description="Without it the present one.")
]
Workspace = Annotated[UUID, Query(description="As the link has it.")]
Expires = Annotated[int, Query(description="As the link has it: seconds since 1970.")]
Signature = Annotated[str, Query(max_length=200, description="As the link has it.")]

FILES = download_answers(*(one.partition(";")[0] for one in CONTENT_TYPES.values()))
DOCUMENTS = {
    CutListFormat.otio: "application/json",
    CutListFormat.fcpxml: "application/xml",
    CutListFormat.premiere: "application/xml",
    CutListFormat.edl: "text/plain",
}
CUT_LISTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document.",
        "content": {kind: {"schema": {"type": "string"}} for kind in DOCUMENTS.values()},
    }
}


@router.get(
    "/clips/{clip_id}/download",
    response_model=None,
    response_class=Response,
    responses=FILES | refusals(*MEMBERS, 416),
)
def download_clip(
    clip_id: ClipPath,
    request: Request,
    work: Reading,
    file: Wanted = ClipFile.video,
    version: WantedVersion = None,
) -> Response:
    """A file of a version; `Range` asks for a part of it."""
    found = find_download(work.session, ClipId(clip_id), file, version)
    return file_answer(request, work.backend.store, found)


@router.head(
    "/clips/{clip_id}/download",
    response_model=None,
    response_class=Response,
    responses=FILES | refusals(*MEMBERS),
)
def head_clip(
    clip_id: ClipPath,
    request: Request,
    work: Reading,
    file: Wanted = ClipFile.video,
    version: WantedVersion = None,
) -> Response:
    """Length, type and `ETag` of that file."""
    found = find_download(work.session, ClipId(clip_id), file, version)
    return file_answer(request, work.backend.store, found)


@router.get(
    "/clips/{clip_id}/nle",
    response_model=None,
    response_class=Response,
    responses=CUT_LISTS | refusals(*MEMBERS, 409),
)
def read_cut_list(
    clip_id: ClipPath,
    work: Reading,
    wanted: Annotated[
        CutListFormat, Query(alias="format", description="For which program.")
    ] = CutListFormat.otio,
) -> Response:
    """The cuts of the present version for an editing program, which is to be shown the source."""
    clip = get_clip(work.session, ClipId(clip_id))
    text = cut_list_of(work.session, clip, wanted)
    headers = {"Content-Disposition": disposition(name_of(clip, SUFFIXES[wanted]))}
    return Response(text, headers=headers, media_type=DOCUMENTS[wanted])


@router.get(
    "/files/{clip_id}/{version}/{file}",
    response_model=None,
    response_class=Response,
    responses=FILES | refusals(403, 404, 416),
)
def read_file(
    clip_id: ClipPath,
    version: Version,
    file: ClipFile,
    request: Request,
    workspace: Workspace,
    expires: Expires,
    signature: Signature,
) -> Response:
    """What a signed link opens, for an hour and without a token."""
    return _linked(request, ClipId(clip_id), version, file)


@router.head(
    "/files/{clip_id}/{version}/{file}",
    response_model=None,
    response_class=Response,
    responses=FILES | refusals(403, 404),
)
def head_file(
    clip_id: ClipPath,
    version: Version,
    file: ClipFile,
    request: Request,
    workspace: Workspace,
    expires: Expires,
    signature: Signature,
) -> Response:
    """Length, type and `ETag` of what a signed link opens."""
    return _linked(request, ClipId(clip_id), version, file)


def _linked(request: Request, clip_id: ClipId, version: int, file: ClipFile) -> Response:
    """The link's own workspace is signed with it, so nobody gets out of it."""
    backend = request.app.state.backend
    bound = check_link(backend.secret, file_path(clip_id, version, file), request.query_params)
    workspace_id = WorkspaceId(UUID(bound["workspace"]))
    with workspace_session(backend.engine, workspace_id) as session:
        found = find_download(session, clip_id, file, version)
    return file_answer(request, backend.store, found)

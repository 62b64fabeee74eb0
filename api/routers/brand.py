"""Brand kits, and the files that they and edits may name."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from starlette.background import BackgroundTask

from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.brand import (
    BrandFileAnswer,
    BrandKitAnswer,
    BrandKitChange,
    NewBrandFile,
    NewBrandKit,
)
from api.work import Work, creates, needs
from cliply.db import brand_files, brand_kits
from cliply.db.models import BrandFile, BrandKit
from cliply.db.pages import count_all, page_of
from cliply.domain.access import Permission
from cliply.domain.ids import BrandFileId, BrandKitId, UploadId
from cliply.services import brand_kits as kits
from cliply.services import brand_uploads

router = APIRouter(prefix="/api/brand", tags=["brand"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.brand_read)]
Writing = Annotated[Work, needs(Permission.brand_write)]
Creating = Annotated[Work, creates(Permission.brand_write)]
KitPath = Annotated[UUID, Path(description="The kit's id.")]
FilePath = Annotated[UUID, Path(description="The file's id.")]

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}


@router.post(
    "/files",
    status_code=201,
    response_model=BrandFileAnswer,
    responses=refusals(*MEMBERS, 409),
)
def add_brand_file(wish: NewBrandFile, work: Creating) -> Response:
    """Keep an uploaded file under a name, after a look at what it is."""
    work.limit("uploads")

    def make() -> BrandFileAnswer:
        row = brand_uploads.keep_upload(
            work.session,
            work.backend.store,
            work.caller.workspace_id,
            UploadId(wish.upload_id),
            wish.name,
            wish.kind,
        )
        work.record("brand_file.create", "brand_file", row.id, name=row.name)
        return BrandFileAnswer.of(row)

    return work.once(make, body=wish)


@router.get("/files", response_model=Page[BrandFileAnswer], responses=refusals(*MEMBERS))
def list_brand_files(work: Reading, paging: Paging) -> Page[BrandFileAnswer]:
    """The files that edits and kits may name, newest first."""
    wanted = brand_files.all_brand_files()
    found = page_of(work.session, wanted, BrandFile, BrandFile.created_at, paging)
    return Page.of(
        [BrandFileAnswer.of(row) for row in found.rows],
        total=count_all(work.session, wanted),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.delete(
    "/files/{file_id}", status_code=204, response_model=None, responses=refusals(*MEMBERS, 409)
)
def delete_brand_file(file_id: FilePath, work: Writing) -> Response:
    """Delete a file that no kit uses; clips that are rendered keep what they show."""
    row = brand_uploads.delete_file(work.session, BrandFileId(file_id))
    work.record("brand_file.delete", "brand_file", row.id, name=row.name)
    clearing = BackgroundTask(work.backend.store.delete, [row.object_key])
    return Response(status_code=204, background=clearing)


@router.post("", status_code=201, response_model=BrandKitAnswer, responses=refusals(*MEMBERS, 409))
def create_brand_kit(wish: NewBrandKit, work: Creating) -> Response:
    """Keep a brand kit; a new default takes the place of the old one."""

    def make() -> BrandKitAnswer:
        workspace_id = work.caller.workspace_id
        row = kits.add_kit(work.session, workspace_id, wish.kit, is_default=wish.is_default)
        work.record("brand_kit.create", "brand_kit", row.id, name=row.name)
        return BrandKitAnswer.of(row)

    return work.once(make, body=wish)


@router.get("", response_model=Page[BrandKitAnswer], responses=refusals(*MEMBERS))
def list_brand_kits(work: Reading, paging: Paging) -> Page[BrandKitAnswer]:
    """The brand kits of the workspace, newest first."""
    wanted = brand_kits.all_kits()
    found = page_of(work.session, wanted, BrandKit, BrandKit.created_at, paging)
    return Page.of(
        [BrandKitAnswer.of(row) for row in found.rows],
        total=count_all(work.session, wanted),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.get("/{kit_id}", response_model=BrandKitAnswer, responses=UNCHANGED | refusals(*MEMBERS))
def read_brand_kit(kit_id: KitPath, request: Request, work: Reading) -> Response:
    """A brand kit."""
    row = brand_kits.get_kit(work.session, BrandKitId(kit_id))
    return tagged(request, BrandKitAnswer.of(row))


@router.patch("/{kit_id}", response_model=BrandKitAnswer, responses=refusals(*MEMBERS, 409, 412))
def update_brand_kit(
    kit_id: KitPath,
    wish: BrandKitChange,
    request: Request,
    work: Writing,
    if_match: IfMatch = None,
) -> Response:
    """Change a brand kit; clips take it with their next render."""
    row = kits.hold_kit(work.session, work.caller.workspace_id, BrandKitId(kit_id))
    check_match(if_match, BrandKitAnswer.of(row), "brand kit")
    named = {} if wish.kit is None else wish.kit.named
    kits.change_kit(work.session, row, named, wish.is_default)
    work.record("brand_kit.update", "brand_kit", row.id, fields=sorted(named))
    return tagged(request, BrandKitAnswer.of(row))


@router.delete("/{kit_id}", status_code=204, response_model=None, responses=refusals(*MEMBERS))
def delete_brand_kit(kit_id: KitPath, work: Writing) -> Response:
    """Delete a brand kit; clips that are rendered keep its look."""
    row = kits.hold_kit(work.session, work.caller.workspace_id, BrandKitId(kit_id))
    work.session.delete(row)
    work.record("brand_kit.delete", "brand_kit", row.id, name=row.name)
    return Response(status_code=204)

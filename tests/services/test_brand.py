"""Files and kits of a workspace's brand."""

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine

from cliply.db.session import workspace_session
from cliply.domain.attachments import AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.captions import CaptionSettings
from cliply.domain.editing import Edit
from cliply.domain.effects import GreenScreen, Logo
from cliply.domain.ids import WorkspaceId
from cliply.errors import Cancelled, Conflict, ErrorCode, InvalidInput, NotFound
from cliply.services.attachments import opened, resolve
from cliply.services.brand import branded, find_default_kit, parse_kit, put_kit
from cliply.services.brand_files import add_file, list_files, remove_file
from cliply.storage.objects import ObjectStore

KIT = BrandKit(name="House", logo=Logo(attachment="logo"))


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    return picture(tmp_path / "logo.png", "red")


def picture(path: Path, colour: str) -> Path:
    Image.new("RGBA", (64, 32), colour).save(path)
    return path


def add(engine: Engine, store: ObjectStore, owner: WorkspaceId, path: Path, name="logo"):
    return add_file(engine, store, owner, name, path, AttachmentKind.image)


def test_a_file_is_looked_at_and_kept_below_its_workspace(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    attachment = add(engine, store, workspace, logo)

    assert (attachment.width_px, attachment.height_px, attachment.has_alpha) == (64, 32, True)
    (row,) = list_files(engine, workspace)
    assert (row.name, row.kind, row.attachment) == ("logo", AttachmentKind.image, attachment)
    assert store.list(workspace.hex) == [row.object_key]
    assert store.get_bytes(row.object_key) == logo.read_bytes()


def test_the_same_content_again_is_the_same_file_and_comes_back_when_it_was_lost(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    first = add(engine, store, workspace, logo)
    assert add(engine, store, workspace, logo) == first
    (key,) = store.list(workspace.hex)

    store.delete([key])
    add(engine, store, workspace, logo)

    assert store.list(workspace.hex) == [key]


def test_a_name_is_not_given_twice(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path, tmp_path: Path
) -> None:
    add(engine, store, workspace, logo)
    with pytest.raises(Conflict, match="Another file is named logo"):
        add(engine, store, workspace, picture(tmp_path / "other.png", "blue"))
    assert len(store.list(workspace.hex)) == 1


@pytest.mark.parametrize("name", ["", "#FFFFFF", "x" * 201])
def test_a_name_that_edits_could_not_use_is_refused(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path, name: str
) -> None:
    with pytest.raises(InvalidInput, match="can not name a file"):
        add(engine, store, workspace, logo, name)


def test_a_file_that_is_no_image_leaves_no_row_and_no_object(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.png"
    letter.write_text("Dear reader")
    with pytest.raises(InvalidInput):
        add(engine, store, workspace, letter)
    assert (list_files(engine, workspace), store.list(workspace.hex)) == ([], [])


def test_stopping_while_it_is_stored_leaves_no_row_and_no_object(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    def stop(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        add_file(engine, store, workspace, "logo", logo, AttachmentKind.image, on_progress=stop)
    assert (list_files(engine, workspace), store.list(workspace.hex)) == ([], [])
    add(engine, store, workspace, logo)


def test_another_workspace_sees_neither_file_nor_kit(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, rival: WorkspaceId, logo: Path
) -> None:
    add(engine, store, workspace, logo)
    put_kit(engine, workspace, KIT)

    assert list_files(engine, rival) == []
    assert find_default_kit(engine, rival) is None
    with pytest.raises(NotFound):
        remove_file(engine, store, rival, "logo")
    with pytest.raises(InvalidInput, match="no file named logo"):
        put_kit(engine, rival, KIT)


def test_a_file_goes_unless_a_kit_uses_it(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    add(engine, store, workspace, logo)
    put_kit(engine, workspace, KIT)
    with pytest.raises(Conflict, match="House uses logo"):
        remove_file(engine, store, workspace, "logo")

    put_kit(engine, workspace, BrandKit(name="House"))
    remove_file(engine, store, workspace, "logo")

    assert (list_files(engine, workspace), store.list(workspace.hex)) == ([], [])


def test_the_last_default_kit_holds_for_edits_that_bring_none(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    add(engine, store, workspace, logo)
    own = Edit(brand=BrandKit(name="Mine"))
    with workspace_session(engine, workspace) as session:
        assert branded(session, Edit()).brand is None
    put_kit(engine, workspace, BrandKit(name="Old"))
    put_kit(engine, workspace, KIT)
    put_kit(engine, workspace, BrandKit(name="Aside"), is_default=False)

    assert find_default_kit(engine, workspace) == KIT
    with workspace_session(engine, workspace) as session:
        assert branded(session, Edit()).brand == KIT
        assert branded(session, own) == own


def test_a_kit_with_faults_lists_them() -> None:
    with pytest.raises(InvalidInput) as failure:
        parse_kit('{"logo": {"attachment": "logo", "width": 3}, "font": ""}')
    assert failure.value.code is ErrorCode.brand_kit_invalid
    assert "logo.width: " in failure.value.message
    assert "font: " in failure.value.message


def test_names_of_an_edit_are_found_and_opened(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    attachment = add(engine, store, workspace, logo)
    edit = Edit(brand=KIT, captions=CaptionSettings(font="poppins"))
    with workspace_session(engine, workspace) as session:
        files = resolve(session, edit)
    assert {name: file.attachment for name, file in files.items()} == {"logo": attachment}
    with opened(store, list(files.values())) as paths:
        assert paths[attachment.content_hash].read_bytes() == logo.read_bytes()


def test_every_name_that_is_not_there_is_told_with_its_field(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, logo: Path
) -> None:
    add(engine, store, workspace, logo)
    edit = Edit(
        brand=BrandKit(intro="logo"),
        captions=CaptionSettings(font="Comic Book"),
        green_screen=GreenScreen(background="beach"),
    )
    with (
        workspace_session(engine, workspace) as session,
        pytest.raises(InvalidInput) as failure,
    ):
        resolve(session, edit)
    assert failure.value.code is ErrorCode.attachment_missing
    for fault in (
        "green_screen.background: there is no file named beach",
        "captions.font: there is no file named Comic Book",
        "brand.intro: the file logo is of kind image, video is needed",
    ):
        assert fault in failure.value.message

"""What brand files may be called, and who calls them so."""

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from cliply.db import brand_kits
from cliply.domain.attachments import AttachmentName
from cliply.domain.editing import Edit
from cliply.errors import Conflict, ErrorCode, InvalidInput
from cliply.media.attachment_names import attachment_names

NAME: TypeAdapter[str] = TypeAdapter(AttachmentName)


def check_unused(session: Session, name: str) -> None:
    """Raises Conflict while a brand kit uses the file."""
    for kit in brand_kits.list_kits(session):
        if any(need.name == name for need in attachment_names(Edit(brand=kit.kit))):
            raise Conflict(
                f"The brand kit {kit.name} uses {name}; change that with `cliply brand use`."
            )


def check_name(name: str) -> None:
    """A name that begins with # would be read as a colour."""
    try:
        NAME.validate_python(name)
    except ValidationError as error:
        raise _bad_name(name, error.errors()[0]["msg"]) from None
    if name.startswith("#"):
        raise _bad_name(name, "it must not begin with #")


def _bad_name(name: str, why: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.option_invalid, f"{name!r} can not name a file: {why}. Choose another."
    )

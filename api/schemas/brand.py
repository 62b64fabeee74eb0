"""Brand kits and brand files on the wire."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, Field

from api.schemas.base import Name, Schema
from api.schemas.edits import KitWish, WrittenKit, bounded
from cliply.db.models import BrandFile, BrandKit
from cliply.domain.attachments import Attachment, AttachmentKind, AttachmentName
from cliply.domain.brand import BrandColours
from cliply.domain.effects import Logo, LowerThird


class NewBrandKit(Schema):
    """A brand kit to keep."""

    kit: KitWish = Field(examples=[{"name": "House", "colours": {"accent": "#FF0000"}}])
    is_default: bool = Field(
        False, description="Whether it holds for every clip whose edit brings no brand."
    )


class KitFields(Schema):
    """Fields of a kit to set; those that are left out stay, null takes one out."""

    name: str | None = Field(None, min_length=1, max_length=80)
    logo: Logo | None = None
    colours: BrandColours | None = None
    font: AttachmentName | None = None
    intro: AttachmentName | None = None
    outro: AttachmentName | None = None
    lower_third: LowerThird | None = None

    @property
    def named(self) -> dict[str, Any]:
        """Those that were given; a kit always has a name and colours."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "colours" in given:
            given["colours"] = self.colours or BrandColours()
        return {name: one for name, one in given.items() if one is not None or name != "name"}


class BrandKitChange(Schema):
    """What is to be different."""

    kit: Annotated[KitFields, BeforeValidator(bounded)] | None = Field(
        None, examples=[{"colours": {"accent": "#00FF00"}}]
    )
    is_default: bool | None = None


class BrandKitAnswer(Schema):
    """A brand kit."""

    id: UUID
    kit: WrittenKit
    is_default: bool
    created_at: datetime

    @classmethod
    def of(cls, row: BrandKit) -> Self:
        return cls(id=row.id, kit=row.kit, is_default=row.is_default, created_at=row.created_at)


class NewBrandFile(Schema):
    """A file that was uploaded, to be kept under a name."""

    upload_id: UUID = Field(description="An upload of the kind `brand`.")
    name: Name = Field(description="What edits and kits call it.", examples=["logo"])
    kind: AttachmentKind | None = Field(
        None, description="What it is used as; null goes by the content type of its upload."
    )


class BrandFileAnswer(Schema):
    """A file that edits and kits may name."""

    id: UUID
    name: str
    kind: AttachmentKind
    attachment: Attachment = Field(description="What it is made of.")
    created_at: datetime

    @classmethod
    def of(cls, row: BrandFile) -> Self:
        return cls(
            id=row.id,
            name=row.name,
            kind=row.kind,
            attachment=row.attachment,
            created_at=row.created_at,
        )

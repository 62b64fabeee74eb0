"""Brand files: what edits of a workspace may bring in, by name."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Document, Owned, Row, one_of
from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.ids import BrandFileId


class BrandFile(Owned, Created, Row):
    """An accepted file and the name that edits and brand kits call it by."""

    __tablename__ = "brand_files"

    id: Mapped[BrandFileId] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[AttachmentKind] = mapped_column(Choice(AttachmentKind))
    attachment: Mapped[Attachment] = mapped_column(Document(Attachment))
    object_key: Mapped[str]

    __table_args__ = (UniqueConstraint("workspace_id", "name"), one_of("kind", AttachmentKind))

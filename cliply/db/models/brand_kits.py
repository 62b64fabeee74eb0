"""Brand kits: how a workspace's clips look alike."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row, Wish
from cliply.domain.brand import BrandKit as Kit
from cliply.domain.ids import BrandKitId


class BrandKit(Owned, Created, Row):
    """A kit by its name; at most one of a workspace is the default."""

    __tablename__ = "brand_kits"

    id: Mapped[BrandKitId] = mapped_column(primary_key=True)
    name: Mapped[str]
    kit: Mapped[Kit] = mapped_column(Wish(Kit))
    is_default: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        Index(
            "uq_brand_kits_default",
            "workspace_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

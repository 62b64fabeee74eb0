"""Brand kits: how a workspace's clips look alike."""

from pydantic import Field

from cliply.domain.attachments import AttachmentName
from cliply.domain.colours import Colour
from cliply.domain.effects import Logo, LowerThird
from cliply.domain.value import Value


class BrandColours(Value):
    """Taken where an edit names no colour of its own."""

    text: Colour | None = None
    accent: Colour | None = None
    outline: Colour | None = None


class BrandKit(Value):
    """Logo, fonts, colours, intro and outro of a workspace."""

    name: str = Field(default="Brand", min_length=1, max_length=80)
    logo: Logo | None = None
    colours: BrandColours = BrandColours()
    font: AttachmentName | None = None
    intro: AttachmentName | None = None
    outro: AttachmentName | None = None
    lower_third: LowerThird | None = None

"""An order: one clip of one file, without a job."""

from collections.abc import Mapping

from pydantic import Field

from cliply.domain.attachments import AttachmentKind, AttachmentName
from cliply.domain.editing import Edit
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class OrderedFile(Value):
    """A file that an edit names."""

    file: str
    """Path, relative to the order's own folder."""
    kind: AttachmentKind


class RenderOrder(Value):
    """What is to be rendered of which file; paths are relative to the order's folder."""

    source: str
    transcript: str | None = None
    """An SRT, VTT or JSON file; None looks for words in the source itself."""
    span: TimeRange | None = None
    """None is the whole source."""
    title: str = Field(default="Clip", min_length=1, max_length=200)
    edit: Edit = Edit()
    attachments: Mapping[AttachmentName, OrderedFile] = {}

"""A source as the asset graph hands it on."""

from cliply.domain.ids import SourceId
from cliply.domain.media import SourceMedia
from cliply.domain.value import Value


class SourceVideo(Value):
    """The probed file that a job works on, and where its bytes are."""

    source_id: SourceId
    object_key: str
    content_hash: str
    """BLAKE2b-256 of the file, hexadecimal."""
    file_name: str
    media: SourceMedia
    transcript_key: str | None = None
    """A transcript that came with the file."""
    transcript_hash: str | None = None

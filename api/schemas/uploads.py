"""Uploads on the wire."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from api.schemas.base import Schema, one_line
from cliply.db.models.uploads import UploadKind, UploadMethod, UploadStatus
from cliply.domain.media import SourceMedia

MEDIA_TYPE = r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}$"

DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that make `gpj.exe` read as `exe.jpg`."""

MOST_BYTES = 2**53
"""What every client can count to."""

MOST_LINKS = 100


def undirected(text: str) -> str:
    """The name as its characters follow each other; raises ValueError when nothing is left."""
    return one_line(DIRECTIONS.sub("", text))


FileName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="What people see; it is never part of a path.",
        examples=["manifesto.mp4"],
    ),
    AfterValidator(undirected),
]

PartNumber = Annotated[int, Field(ge=1, le=10_000)]


class NewUpload(Schema):
    """A file that is about to be sent."""

    file_name: FileName
    content_type: str = Field(
        pattern=MEDIA_TYPE,
        description="`video/*` or `audio/*` for media; text for transcripts; pictures, fonts, "
        "video or audio for brand kits. The bytes have to be sent with the same type.",
        examples=["video/mp4"],
    )
    size_bytes: int = Field(
        ge=1, le=MOST_BYTES, description="Neither more nor less is taken.", examples=[12_345_678]
    )
    kind: UploadKind = Field(UploadKind.media, description="What it is for.")


class UploadLink(Schema):
    """How to send the bytes."""

    upload_id: UUID
    method: UploadMethod = Field(
        description="`app`: PUT the bytes to `url` with `headers`. `post`: post a form to `url` "
        "with all `fields` and then the field `file`. `multipart`: cut the file into parts of "
        "`part_bytes`, ask for links with POST …/parts and PUT each part to its link."
    )
    url: str | None = Field(description="Where to; null for `multipart`. Good for one hour.")
    fields: dict[str, str] = Field(description="Of the form, in this order.")
    headers: dict[str, str] = Field(description="That the request has to have.")
    part_bytes: int | None = Field(description="Size of all parts but the last.", ge=1)
    expires_at: datetime = Field(description="Until when the upload has to be confirmed.")
    max_bytes: int = Field(description="The largest file of this kind.", ge=1)


class WantedParts(Schema):
    """Parts that are about to be sent."""

    part_numbers: list[PartNumber] = Field(
        min_length=1, max_length=MOST_LINKS, description="From 1.", examples=[[1, 2, 3]]
    )


class PartLink(Schema):
    """Where to PUT one part."""

    part_number: int = Field(ge=1)
    size_bytes: int = Field(ge=1, description="Exactly so many bytes are taken.")
    url: str = Field(description="Good for one hour.")


class PartLinks(Schema):
    """Links for the wanted parts, by number."""

    parts: list[PartLink]


class ArrivedPart(Schema):
    """A part that need not be sent again."""

    part_number: int = Field(ge=1)
    size_bytes: int = Field(ge=1)


class ArrivedParts(Schema):
    """What is there of an upload in parts."""

    part_count: int = Field(ge=1, description="How many parts there are to be.")
    part_bytes: int = Field(ge=1)
    parts: list[ArrivedPart] = Field(description="Those that are there whole, by number.")


class UploadConfirmation(Schema):
    """An upload whose bytes were all sent."""

    upload_id: UUID
    transcript_upload_id: UUID | None = Field(
        None, description="A transcript of the media, uploaded before; SRT, VTT or json3."
    )


class UploadFailure(Schema):
    """Why an upload was rejected."""

    code: str = Field(examples=["SOURCE_TOO_SHORT"])
    message: str


class UploadedSource(Schema):
    """The source that an upload became."""

    source_id: UUID = Field(description="Make jobs of it with POST /api/jobs.")
    content_hash: str = Field(description="BLAKE2b-256; the same file is the same source.")
    media: SourceMedia | None


class UploadAnswer(Schema):
    """An upload and how far it is."""

    upload_id: UUID
    kind: UploadKind
    method: UploadMethod
    status: UploadStatus
    file_name: str
    content_type: str
    size_bytes: int = Field(description="As declared.", ge=1)
    received_bytes: int = Field(description="How much has arrived.", ge=0)
    created_at: datetime
    expires_at: datetime
    error: UploadFailure | None = Field(None, description="Why it was rejected.")
    source: UploadedSource | None = Field(None, description="What media became when confirmed.")


class TransferAnswer(Schema):
    """How far a transfer is."""

    upload_id: UUID
    received_bytes: int = Field(ge=0)
    size_bytes: int = Field(ge=1)

"""What all schemas share."""

from collections.abc import Sequence
from typing import Annotated, Generic, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")

FORBIDDEN = {chr(code) for code in range(32)} - {"\t", "\n"} | {"\x7f", "\u2028", "\u2029"}
"""Control characters: Postgres refuses NUL, logs and headers break on others."""

MAX_TEXT = 10_000


def clean(text: str) -> str:
    """Raises ValueError for control characters and lone surrogates."""
    if any(char in FORBIDDEN for char in text):
        raise ValueError("control characters are not allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text is not valid Unicode") from None
    return text


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)]
"""Any text of a tenant, of several lines."""


def one_line(text: str) -> str:
    """Without blanks at its ends. Raises ValueError for breaks and for nothing but blanks."""
    stripped = clean(text).strip()
    if not stripped or "\n" in stripped or "\t" in stripped:
        raise ValueError("one line of text is needed")
    return stripped


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
"""A title or name: one line that is not blank."""


class Schema(BaseModel):
    """A request or an answer; unknown fields of a request are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Page(Schema, Generic[T]):
    """One page of a list."""

    data: list[T]
    total: int = Field(description="How many there are on all pages.", ge=0)
    page: int = Field(ge=1)
    pages: int = Field(description="How many pages there are; 0 for an empty list.", ge=0)
    next: str | None = Field(
        None,
        description="Give this as `after` to go on behind the last of these, whatever was "
        "added or removed meanwhile; null on the last page.",
    )

    @classmethod
    def of(
        cls, data: Sequence[T], *, total: int, page: int, limit: int, following: str | None
    ) -> Self:
        """`following` is the cursor behind the last one, None on the last page."""
        pages = -(-total // limit)
        return cls(data=list(data), total=total, page=page, pages=pages, next=following)


class ErrorDetail(Schema):
    """What went wrong, for programs and for people."""

    code: str = Field(examples=["NOT_FOUND"], description="One of the codes in docs/errors.md.")
    message: str = Field(
        examples=[
            "There is no job 7f0c….",
        ]
    )
    trace_id: str = Field(
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
        description="Name it when you ask for help; it is the answer's `X-Request-Id`, too.",
    )
    fields: list[str] | None = Field(
        None, description="Which parts of the request are meant, as in `body.max_clips`."
    )


class ErrorAnswer(Schema):
    """The body of every answer from 400 on."""

    error: ErrorDetail

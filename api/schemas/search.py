"""Searches on the wire."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from api.schemas.base import Schema, Text
from cliply.domain.search import FoundBy
from cliply.search.queries import LONGEST_QUERY
from cliply.services.search import FoundMoment

Query = Annotated[Text, Field(min_length=1, max_length=LONGEST_QUERY)]


class JobSearch(Schema):
    """What to look for in one job."""

    query: Query = Field(
        examples=["the parts about pricing"],
        description="A text in any language; nothing in it is an operator.",
    )
    limit: int = Field(20, ge=1, le=100, description="At most so many hits.")


class Search(JobSearch):
    """What to look for."""

    job_id: UUID | None = Field(None, description="Only in this job.")


class Hit(Schema):
    """A moment that answers the query."""

    job_id: UUID
    file_name: str
    start_ms: int
    end_ms: int
    score: float = Field(ge=0, le=1, description="1 is the first place in every list asked.")
    text: str = Field(description="What is said there.")
    frame_ms: int | None = Field(description="When the frame is seen that looks most like it.")
    found_by: list[FoundBy]
    clip: str | None = Field(description="Number and title of the clip that has most of it.")

    @classmethod
    def of(cls, found: FoundMoment) -> Self:
        hit = found.hit
        return cls(
            job_id=hit.job_id,
            file_name=found.file_name,
            start_ms=hit.span.start_ms,
            end_ms=hit.span.end_ms,
            score=hit.score,
            text=hit.text,
            frame_ms=hit.frame_ms,
            found_by=list(hit.found_by),
            clip=found.clip,
        )


class Hits(Schema):
    """What was found, best first."""

    data: list[Hit]

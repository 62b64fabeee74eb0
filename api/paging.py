"""The query parameters that all lists share."""

from typing import Annotated

from fastapi import Depends, Query

from cliply.db.pages import PageWish

MAX_PAGE = 1_000_000


async def page_wish(
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[
        str | None,
        Query(max_length=200, description="The `next` of the page before; goes before `page`."),
    ] = None,
) -> PageWish:
    """Not sent to a thread, which would take longer than it does."""
    return PageWish(page, limit, after)


Paging = Annotated[PageWish, Depends(page_wish)]

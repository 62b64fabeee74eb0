"""Queries for API tokens."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cliply.db.models import ApiToken
from cliply.db.pages import PageOf, PageWish, page_of
from cliply.domain.ids import ApiTokenId
from cliply.errors import NotFound

TOUCHED_EVERY = timedelta(minutes=1)
"""How exactly the last use is known; writing it with every request would double its cost."""


def find_api_token(session: Session, token_hash: str) -> ApiToken | None:
    """Whatever workspace it is for; needs a system session."""
    return session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash))


def touch_api_token(session: Session, row: ApiToken, moment: datetime) -> None:
    """Remember that it was used."""
    if row.last_used_at is None or moment - row.last_used_at >= TOUCHED_EVERY:
        row.last_used_at = moment
        session.flush()


def add_api_token(session: Session, row: ApiToken) -> ApiToken:
    """Its user has to be a member."""
    session.add(row)
    session.flush()
    return row


def list_api_tokens(session: Session, wish: PageWish) -> tuple[PageOf[ApiToken], int]:
    """Those of the pinned workspace, revoked ones too, and how many they are."""
    total = session.scalar(select(func.count()).select_from(ApiToken)) or 0
    return page_of(session, select(ApiToken), ApiToken, ApiToken.created_at, wish), total


def get_api_token(session: Session, token_id: ApiTokenId) -> ApiToken:
    """One of the pinned workspace, locked. Raises NotFound."""
    found = session.scalar(select(ApiToken).where(ApiToken.id == token_id).with_for_update())
    if found is None:
        raise NotFound(f"There is no API token {token_id}.")
    return found

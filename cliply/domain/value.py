"""The root of every value type."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A value: frozen, compared by content, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

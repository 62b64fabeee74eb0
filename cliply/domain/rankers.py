"""The language models that may rank candidates, and the order in which they are asked."""

from enum import StrEnum
from typing import Final


class RankerName(StrEnum):
    """Hosts with the OpenAI wire, as `Ranking.ranked_by` names them."""

    cerebras = "cerebras"
    groq = "groq"
    together = "together"
    custom = "custom"
    """Any other address, such as a server of one's own."""


STANDARD_ORDER: Final = tuple(RankerName)


def order_of(names: str) -> tuple[RankerName, ...]:
    """The order that a list such as `groq, custom` names; who is left out is not asked.

    `none` is nobody. Raises ValueError when a name is unknown or given twice.
    """
    given = [name.strip().lower() for name in names.split(",") if name.strip()]
    if given == ["none"]:
        return ()
    choice = f"choose from {', '.join(RankerName)}, or none"
    unknown = sorted(set(given) - set(RankerName))
    if unknown:
        raise ValueError(f"there is no ranker {', '.join(unknown)}; {choice}")
    if not given or len(set(given)) < len(given):
        raise ValueError(f"name each ranker once, and at least one; {choice}")
    return tuple(RankerName(name) for name in given)

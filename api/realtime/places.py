"""How many streams there may be at once, in one process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from cliply.errors import TooMany

COME_AGAIN_S = 30


class Places:
    """Of one event loop: nothing else takes them."""

    def __init__(self, of_all: int, of_one: int) -> None:
        """`of_one` is the most that one user, token or address may have."""
        self._of_all = of_all
        self._of_one = of_one
        self._taken: Counter[str] = Counter()
        self._total = 0

    @contextmanager
    def taken(self, who: str) -> Iterator[None]:
        """A place for as long as the body runs. Raises TooMany."""
        if self._taken.get(who, 0) >= self._of_one:
            raise TooMany(
                f"You watch {self._of_one} jobs already; close a stream and connect again.",
                COME_AGAIN_S,
            )
        if self._total >= self._of_all:
            raise TooMany(
                f"This process has {self._of_all} streams already; connect again later.",
                COME_AGAIN_S,
            )
        self._total += 1
        self._taken[who] += 1
        try:
            yield
        finally:
            self._total -= 1
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]

"""Routes of members: a read is begun, answered and committed in one thread."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.threads import in_thread
from api.work import READS, Entering, answer_of


class MemberRoute(APIRoute):
    """Begins, answers and commits a read in one thread, and writes its answer there, too.

    Otherwise it changes threads three times, and FastAPI checks and writes the answer anew.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        answering = _writing(endpoint, options.get("status_code") or 200)
        if not iscoroutinefunction(endpoint) and READS.issuperset(options.get("methods") or ()):
            answering = _in_one_thread(answering)
        super().__init__(path, answering, **options)


def _writing(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    def answer(**values: Any) -> Any:
        begun = {name: one for name, one in values.items() if isinstance(one, Entering)}
        with ExitStack() as stack:
            works = {name: stack.enter_context(one.context) for name, one in begun.items()}
            made = endpoint(**{**values, **works})
        return answer_of(made, status, None) if isinstance(made, BaseModel) else made

    return answer


def _in_one_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def answer(**values: Any) -> Any:
        return await in_thread(partial(endpoint, **values))

    return answer

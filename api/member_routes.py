"""Routes of members: a read is opened, answered and committed in one thread."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.work import Entering, answer_of


class MemberRoute(APIRoute):
    """Opens, answers and commits a read in one thread, and writes its answer there, too.

    Otherwise it changes threads three times, and FastAPI checks and writes the answer anew.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        status = options.get("status_code") or 200
        super().__init__(path, _in_one_thread(endpoint, status), **options)


def _in_one_thread(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    def answer(**values: Any) -> Any:
        entering = {name: one for name, one in values.items() if isinstance(one, Entering)}
        with ExitStack() as stack:
            works = {name: stack.enter_context(one.context) for name, one in entering.items()}
            made = endpoint(**{**values, **works})
        return answer_of(made, status, None) if isinstance(made, BaseModel) else made

    return answer

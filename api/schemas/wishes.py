"""Values of the domain as parts of a request."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from api.schemas.base import clean
from cliply.domain.jobs import JobSettings

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
"""The shape of a BCP 47 tag."""


def all_clean(wish: Any) -> Any:
    """The same JSON. Raises ValueError for a text in it, however deep, that no row can hold."""
    waiting = [wish]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            clean(part)
        elif isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            waiting += part
    return wish


def _with_language(settings: JobSettings) -> JobSettings:
    if settings.language is not None and not LANGUAGE.fullmatch(settings.language):
        raise ValueError("language is a BCP 47 tag, as in `en` or `pt-BR`")
    return settings


SettingsWish = Annotated[JobSettings, BeforeValidator(all_clean), AfterValidator(_with_language)]

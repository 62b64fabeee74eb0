"""What a language model answers, read with patience: only what can be used counts."""

import json
import math
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

MOST_CHARACTERS = 2000
"""Of one text in an answer; what is kept of it is far shorter."""
MOST_JUDGEMENTS = 100


def _as_text(value: object) -> str:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else ""


def _as_number(value: object) -> float | None:
    """A finite number, also out of `"87"` or `"87/100"`."""
    if isinstance(value, str):
        value = value.split("/")[0].strip().rstrip("%")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _as_words(value: object) -> list[str]:
    """Tags as a list, also out of one text with spaces, commas or `#`."""
    if isinstance(value, str):
        value = value.replace(",", " ").replace("#", " ").split()
    return [_as_text(one) for one in value[:20]] if isinstance(value, list) else []


def _require_all(schema: dict[str, Any]) -> None:
    """A model is asked for every field; that it may leave one out is between us."""
    schema["required"] = list(schema["properties"])
    for field in schema["properties"].values():
        field.pop("default", None)


Text = Annotated[str, BeforeValidator(_as_text)]
Points = Annotated[
    float | None,
    BeforeValidator(_as_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
Words = Annotated[list[str], BeforeValidator(_as_words)]


class Judgement(BaseModel):
    """One moment as the model sees it; whatever else it tells, such as times, is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra=_require_all)

    id: str = Field(max_length=40, description="identifier of the moment")
    virality: Points = None
    coherence: Points = None
    title: Text = Field(default="", description="at most 60 characters")
    description: Text = Field(default="", description="at most 200 characters")
    hashtags: Words = Field(default=[], description="2 to 5 words without the sign")
    reason: Text = Field(default="", description="one sentence in English")


def _as_judgements(value: object) -> list[Judgement]:
    """Those of a list that name a moment; others are left out, as one bad one spoils no answer."""
    items = value if isinstance(value, list) else []
    return [one for one in map(_as_judgement, items[:MOST_JUDGEMENTS]) if one is not None]


def _as_judgement(value: object) -> Judgement | None:
    try:
        return Judgement.model_validate(value)
    except ValidationError:
        return None


class Answer(BaseModel):
    """Moments, the best first."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    moments: Annotated[list[Judgement], BeforeValidator(_as_judgements)] = Field(
        description="the best moments, best first, each once"
    )


def read_answer(text: str) -> Answer:
    """The answer in a text that may say more around it.

    Raises ValueError, which tells a model what was wrong, when there is none.
    """
    for value in _objects(text):
        answer = _as_answer(value)
        if answer is not None and answer.moments:
            return answer
    raise ValueError('there is no JSON object with a list "moments" of objects with "id" in it')


def _as_answer(value: object) -> Answer | None:
    moments = value if isinstance(value, list) else None
    try:
        return Answer.model_validate({"moments": moments} if moments is not None else value)
    except ValidationError:
        return None


def _objects(text: str) -> Iterator[object]:
    """Every JSON object or list in a text that does not lie in another one."""
    decoder = json.JSONDecoder()
    at = 0
    while True:
        starts = [i for i in (text.find("{", at), text.find("[", at)) if i >= 0]
        if not starts:
            return
        try:
            value, at = decoder.raw_decode(text, min(starts))
        except (ValueError, RecursionError):
            at = min(starts) + 1
            continue
        yield value

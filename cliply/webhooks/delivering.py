"""One try of a delivery: what is sent, how it is signed, and what comes of the answer."""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from standardwebhooks import Webhook

from cliply.db.models import WebhookDelivery, WebhookEvent, WebhookSubscription
from cliply.domain.ids import SubscriptionId
from cliply.domain.webhooks import Try
from cliply.errors import InvalidInput
from cliply.webhooks.secrets import unseal

ANSWER_BYTES = 1024
"""As much of an answer's body is read."""
LONGEST_WAIT_S = 86_400
"""However long a receiver asks to be left alone."""

SCHEDULE_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Waits between tries, as Standard Webhooks recommends; the last is 3.3 days after the first."""


@dataclass(frozen=True)
class Due:
    """A delivery that is ours to try."""

    delivery_id: UUID
    subscription_id: SubscriptionId
    url: str
    sealed: tuple[str, ...]
    """The secrets that sign, encrypted; the newest first."""
    message_id: UUID
    kind: str
    happened_at: datetime
    payload: Mapping[str, Any]
    leased_until: datetime


@dataclass(frozen=True)
class Outcome:
    """What came of a try."""

    told: Try
    is_delivered: bool = False
    is_gone: bool = False
    """The receiver answered 410: it wants no more."""
    retry_after_s: float = 0.0
    """How long the receiver asks to be left alone."""


def due_of(
    delivery: WebhookDelivery,
    subscription: WebhookSubscription,
    event: WebhookEvent,
    moment: datetime,
) -> Due:
    """What a try needs, after its rows are let go."""
    assert delivery.next_try_at is not None
    sealed = [subscription.secret]
    if subscription.former_secret and (subscription.former_until or moment) > moment:
        sealed.append(subscription.former_secret)
    return Due(
        delivery_id=delivery.id,
        subscription_id=subscription.id,
        url=subscription.url,
        sealed=tuple(sealed),
        message_id=event.message_id,
        kind=event.kind,
        happened_at=event.created_at,
        payload=event.payload,
        leased_until=delivery.next_try_at,
    )


def body_of(due: Due) -> str:
    """The same text for every try."""
    happened = due.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {"type": due.kind, "timestamp": happened, "data": due.payload}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def signed(due: Due, body: str, secrets: Sequence[SecretStr], moment: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature by each secret."""
    message_id = f"msg_{due.message_id.hex}"
    signatures = [
        Webhook(secret.get_secret_value()).sign(message_id, moment, body) for secret in secrets
    ]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def send(client: httpx.Client, key: SecretStr, due: Due) -> Outcome:
    """Try once. Whatever goes wrong with the receiver is an outcome, not an error.

    Raises SettingsError when the secrets can not be read.
    """
    moment, began = datetime.now(UTC), time.perf_counter()

    def told(**facts: Any) -> Try:
        duration_ms = round((time.perf_counter() - began) * 1000)
        return Try(at=moment, duration_ms=duration_ms, **facts)

    try:
        secrets = [unseal(key, due.subscription_id, sealed) for sealed in due.sealed]
        body = body_of(due)
        headers = signed(due, body, secrets, moment)
        with client.stream("POST", due.url, content=body.encode(), headers=headers) as answer:
            text = _beginning(answer)
    except httpx.HTTPError as error:
        return Outcome(told(error=_sentence(error)))
    except InvalidInput as error:
        return Outcome(told(error=error.message))
    if answer.is_success:
        return Outcome(told(status=answer.status_code, answer=text), is_delivered=True)
    return Outcome(
        told(status=answer.status_code, answer=text, error=_refusal(answer)),
        is_gone=answer.status_code == httpx.codes.GONE,
        retry_after_s=_retry_after(answer.headers.get("retry-after", ""), moment),
    )


def wait_before(
    tried: int, schedule_s: Sequence[float], retry_after_s: float, jitter: random.Random
) -> float | None:
    """Seconds until the next try after so many; None when it was the last.

    A fifth of the wait is left to chance, so that what failed together does not come
    back together.
    """
    if tried > len(schedule_s):
        return None
    wait_s = schedule_s[tried - 1] * jitter.uniform(1.0, 1.2)
    return max(wait_s, retry_after_s)


def _beginning(answer: httpx.Response) -> str:
    """The answer's first characters, without those that a database or log stumbles over."""
    content = b"".join(_up_to(answer.iter_raw(), ANSWER_BYTES))[:ANSWER_BYTES]
    text = content.decode(errors="replace")
    return "".join(char if char.isprintable() else " " for char in text)[:200].strip()


def _up_to(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        limit -= len(chunk)
        if limit <= 0:
            return


def _refusal(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return "The receiver redirects; subscribe with the address it redirects to."
    return f"The receiver answered {answer.status_code}; only 2xx means that it has the event."


def _sentence(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "The receiver did not answer in time."
    if isinstance(error, httpx.ConnectError):
        return "No connection to the receiver could be made."
    return "The receiver broke the connection off."


def _retry_after(text: str, moment: datetime) -> float:
    """Seconds, from a number of them or a date (RFC 9110, 10.2.3); 0 for anything else."""
    wait_s = 0.0
    with suppress(ValueError, OverflowError, TypeError):
        if text.isascii() and text.isdigit():
            wait_s = float(text)
        elif text:
            wait_s = (parsedate_to_datetime(text).astimezone(UTC) - moment).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from cliply.domain.ids import SubscriptionId
from cliply.errors import SettingsError
from cliply.outbound.client import create_client
from cliply.webhooks.delivering import (
    LONGEST_WAIT_S,
    SCHEDULE_S,
    Due,
    body_of,
    send,
    signed,
    wait_before,
)
from cliply.webhooks.secrets import new_secret, seal, unseal
from tests.webhooks.conftest import KEY, REACH
from tests.webhooks.receivers import Receiver

MOMENT = datetime.now(UTC)
"""Not for what a receiver holds against its clock: tests begin minutes after this."""


def due_to(url: str, *secrets: SecretStr) -> Due:
    subscription_id = SubscriptionId(uuid4())
    return Due(
        delivery_id=uuid4(),
        subscription_id=subscription_id,
        url=url,
        sealed=tuple(seal(KEY, subscription_id, one) for one in secrets or [new_secret()]),
        message_id=uuid4(),
        kind="job.completed",
        happened_at=MOMENT,
        payload={"job_id": "x", "title": "Bienen — 蜂"},
        leased_until=MOMENT,
    )


def test_what_is_sent_verifies_and_what_was_changed_does_not() -> None:
    due, secret = due_to("https://example.com"), new_secret()
    body, sent = body_of(due), datetime.now(UTC)
    headers = signed(due, body, [secret], sent)
    receiver = Webhook(secret.get_secret_value())

    told = receiver.verify(body, headers)

    assert told["type"] == "job.completed"
    assert told["data"] == due.payload
    assert datetime.fromisoformat(told["timestamp"]) == MOMENT
    forged = {**headers, "webhook-id": "msg_other"}
    late = {**headers, "webhook-timestamp": str(int(sent.timestamp()) + 1)}
    for content, given in [(body + " ", headers), (body, forged), (body, late)]:
        with pytest.raises(WebhookVerificationError):
            receiver.verify(content, given)


def test_both_secrets_sign_while_one_replaces_the_other() -> None:
    due, new, former = due_to("https://example.com"), new_secret(), new_secret()
    body = body_of(due)
    headers = signed(due, body, [new, former], datetime.now(UTC))

    for secret in (new, former):
        Webhook(secret.get_secret_value()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret().get_secret_value()).verify(body, headers)


def test_a_stored_secret_opens_with_the_key_for_its_subscription_alone() -> None:
    secret, one, other = new_secret(), SubscriptionId(uuid4()), SubscriptionId(uuid4())
    sealed = seal(KEY, one, secret)

    assert unseal(KEY, one, sealed) == secret
    assert secret.get_secret_value() not in sealed
    with pytest.raises(SettingsError):
        unseal(KEY, other, sealed)
    with pytest.raises(SettingsError):
        unseal(SecretStr("another-key-of-the-installation-0001"), one, sealed)


def test_a_secret_is_long_enough_and_never_the_same() -> None:
    assert len({new_secret().get_secret_value() for _ in range(50)}) == 50
    assert len(new_secret().get_secret_value()) == len("whsec_") + 44


def test_a_receiver_that_answers_2xx_has_it(client: httpx.Client, receiver: Receiver) -> None:
    receiver.status, receiver.body = 204, b""

    outcome = send(client, KEY, due_to(receiver.url))

    assert outcome.is_delivered
    assert outcome.told.status == 204
    assert outcome.told.error is None


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_any_other_answer_is_a_failure(
    client: httpx.Client, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Location": "http://127.0.0.1:9/"}

    outcome = send(client, KEY, due_to(receiver.url))

    assert not outcome.is_delivered
    assert not outcome.is_gone
    assert outcome.told.status == status
    assert outcome.told.error is not None


def test_a_receiver_that_is_gone_says_so(client: httpx.Client, receiver: Receiver) -> None:
    receiver.status = 410

    assert send(client, KEY, due_to(receiver.url)).is_gone


def test_no_connection_is_an_outcome_too(client: httpx.Client) -> None:
    outcome = send(client, KEY, due_to("http://127.0.0.1:9/"))

    assert outcome.told.status is None
    assert outcome.told.error == "No connection to the receiver could be made."


def test_an_address_that_leads_inside_is_an_outcome_too(client: httpx.Client) -> None:
    outcome = send(client, KEY, due_to("http://10.0.0.1/"))

    assert "not public" in (outcome.told.error or "")


def test_a_slow_receiver_is_not_waited_for(receiver: Receiver) -> None:
    receiver.takes_s = 1.0
    with create_client(REACH, timeout_s=0.3) as client:
        outcome = send(client, KEY, due_to(receiver.url))

    assert outcome.told.error == "The receiver did not answer in time."
    assert 250 < outcome.told.duration_ms < 950


def test_of_a_long_answer_the_beginning_is_kept_as_text(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.body = b"\x00\xff broken\n" + b"x" * 3_000_000

    outcome = send(client, KEY, due_to(receiver.url))

    assert outcome.told.answer.startswith("\N{REPLACEMENT CHARACTER} broken xxx")
    assert len(outcome.told.answer) <= 200


def in_hours(hours: int) -> Callable[[], str]:
    """That time from now on as an HTTP date; tests are collected long before they run."""
    return lambda: format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("120", 120, 120),
        (in_hours(1), 3_500, 3_601),
        (in_hours(-1), 0, 0),
        ("99999999999999999999", LONGEST_WAIT_S, LONGEST_WAIT_S),
        ("soon", 0, 0),
        ("-1", 0, 0),
        ("", 0, 0),
        ("9" * 500, LONGEST_WAIT_S, LONGEST_WAIT_S),
    ],
    ids=["seconds", "in an hour", "an hour ago", "ages", "soon", "minus", "nothing", "digits"],
)
def test_a_receiver_may_ask_to_be_left_alone(
    client: httpx.Client,
    receiver: Receiver,
    text: str | Callable[[], str],
    least: float,
    most: float,
) -> None:
    asked = text() if callable(text) else text
    receiver.status, receiver.headers = 503, {"Retry-After": asked}

    assert least <= send(client, KEY, due_to(receiver.url)).retry_after_s <= most


def test_waits_grow_with_chance_and_end() -> None:
    jitter = random.Random(1)
    waits = [wait_before(tried, SCHEDULE_S, 0, jitter) for tried in range(1, 11)]

    for wait_s, planned_s in zip(waits, SCHEDULE_S, strict=False):
        assert wait_s is not None
        assert planned_s <= wait_s <= planned_s * 1.2
    assert waits[-1] is None
    assert wait_before(1, SCHEDULE_S, 3600, jitter) == 3600

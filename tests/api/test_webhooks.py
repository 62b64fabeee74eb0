from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from api.routers.webhooks import router
from cliply.db.models import AuditEntry, IdempotencyKey
from cliply.db.session import workspace_session
from cliply.db.webhook_subscriptions import get_subscription
from cliply.domain.ids import SubscriptionId, WorkspaceId
from cliply.domain.webhooks import MAX_SUBSCRIPTIONS
from cliply.webhooks.secrets import unseal
from tests.api.conftest import SECRET
from tests.rows import new_job

URL = "https://hooks.example.com/cliply?token=private"
WISH = {"url": URL, "events": ["job.completed", "clip.*"]}
SUBSCRIPTIONS = "/api/webhooks/subscriptions"


@pytest.fixture
def subscription_id(admin: TestClient) -> str:
    return str(admin.post("/api/webhooks/subscribe", json=WISH).json()["id"])


def test_a_subscription_shows_its_secret_once(
    admin: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    answer = admin.post("/api/webhooks/subscribe", json=WISH)

    assert answer.status_code == 201
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["clip.*", "job.completed"]
    assert made["is_enabled"] is True
    read = admin.get(f"{SUBSCRIPTIONS}/{made['id']}").json()
    assert "secret" not in read
    assert read == {name: value for name, value in made.items() if name != "secret"}
    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, SubscriptionId(made["id"]))
    assert made["secret"] not in row.secret
    assert unseal(SECRET, row.id, row.secret).get_secret_value() == made["secret"]


def test_a_repeated_request_makes_one_subscription(
    admin: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    headers = {"Idempotency-Key": uuid4().hex}

    first = admin.post("/api/webhooks/subscribe", json=WISH, headers=headers)
    again = admin.post("/api/webhooks/subscribe", json=WISH, headers=headers)

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert admin.get(SUBSCRIPTIONS).json()["total"] == 1
    with workspace_session(engine, workspace) as session:
        kept = session.scalars(select(IdempotencyKey)).one()
    assert first.json()["secret"] not in (kept.body or ""), "what is kept is encrypted"


REFUSED: list[tuple[dict[str, object], str]] = [
    ({**WISH, "url": "http://example.com/"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://127.0.0.1/"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://localhost:8070/"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://169.254.169.254/latest"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://0x7f.1/"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://user:pass@example.com/"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "not an address"}, "ADDRESS_REFUSED"),
    ({**WISH, "url": "https://example.com/\x00"}, "REQUEST_INVALID"),
    ({**WISH, "url": ""}, "REQUEST_INVALID"),
    ({**WISH, "events": []}, "REQUEST_INVALID"),
    ({**WISH, "events": ["job.*"] * 51}, "REQUEST_INVALID"),
    ({**WISH, "events": ["job.exploded"]}, "REQUEST_INVALID"),
    ({**WISH, "secret": "mine"}, "REQUEST_INVALID"),
    ({"url": URL}, "REQUEST_INVALID"),
]


def test_what_can_not_be_told_is_refused_and_nothing_kept(admin: TestClient) -> None:
    for wish, code in REFUSED:
        answer = admin.post("/api/webhooks/subscribe", json=wish)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), wish

    assert admin.get(SUBSCRIPTIONS).json() == {
        "data": [], "total": 0, "page": 1, "pages": 0, "next": None,
    }  # fmt: skip


def test_there_is_an_end_to_subscriptions(admin: TestClient) -> None:
    for _ in range(MAX_SUBSCRIPTIONS):
        assert admin.post("/api/webhooks/subscribe", json=WISH).status_code == 201

    assert admin.post("/api/webhooks/subscribe", json=WISH).status_code == 409
    page = admin.get(SUBSCRIPTIONS, params={"limit": 8}).json()
    assert (page["total"], page["pages"], len(page["data"])) == (20, 3, 8)


def test_a_change_needs_the_state_that_was_read(admin: TestClient, subscription_id: str) -> None:
    address = f"{SUBSCRIPTIONS}/{subscription_id}"
    tag = admin.get(address).headers["ETag"]
    assert admin.get(address, headers={"If-None-Match": tag}).status_code == 304

    changed = admin.patch(address, json={"events": ["job.*"]}, headers={"If-Match": tag})
    late = admin.patch(address, json={"events": ["clip.*"]}, headers={"If-Match": tag})

    assert changed.status_code == 200
    assert changed.json()["events"] == ["job.*"]
    assert changed.json()["url"] == URL
    assert changed.headers["ETag"] != tag
    assert late.status_code == 412


def test_a_change_to_a_private_address_is_refused(admin: TestClient, subscription_id: str) -> None:
    address = f"{SUBSCRIPTIONS}/{subscription_id}"

    answer = admin.patch(address, json={"url": "https://10.0.0.1/"})

    assert answer.json()["error"]["code"] == "ADDRESS_REFUSED"
    assert admin.get(address).json()["url"] == URL


def test_a_disabled_subscription_is_enabled_again(admin: TestClient, subscription_id: str) -> None:
    address = f"{SUBSCRIPTIONS}/{subscription_id}"

    disabled = admin.patch(address, json={"is_enabled": False}).json()
    assert disabled["is_enabled"] is False
    assert disabled["disabled_at"] is not None
    assert admin.post(f"{address}/test").status_code == 409
    since = {"since": "2026-01-01T00:00:00Z"}
    assert admin.post(f"{address}/replay", json=since).status_code == 409
    assert admin.patch(address, json={"is_enabled": True}).json()["disabled_at"] is None


def test_a_new_secret_is_shown_once_and_the_former_one_goes_on_for_a_day(
    admin: TestClient, subscription_id: str
) -> None:
    answer = admin.post(f"{SUBSCRIPTIONS}/{subscription_id}/rotate")

    assert answer.status_code == 200
    assert answer.json()["secret"].startswith("whsec_")
    assert answer.json()["former_secret_until"] is not None


def test_a_test_is_in_the_log(admin: TestClient, subscription_id: str) -> None:
    answer = admin.post(f"{SUBSCRIPTIONS}/{subscription_id}/test")

    assert answer.status_code == 202
    log = admin.get(f"{SUBSCRIPTIONS}/{subscription_id}/deliveries").json()
    assert log["data"] == [answer.json()]
    assert log["total"] == 1
    assert answer.json()["event"] == "webhook.test"
    assert answer.json()["status"] == "waiting"
    assert answer.json()["tries"] == []


def test_the_log_goes_on_from_page_to_page(
    admin: TestClient, engine: Engine, workspace: WorkspaceId, subscription_id: str
) -> None:
    admin.patch(f"{SUBSCRIPTIONS}/{subscription_id}", json={"events": ["job.created"]})
    for _ in range(3):
        new_job(engine, workspace)
    address = f"{SUBSCRIPTIONS}/{subscription_id}/deliveries"

    first = admin.get(address, params={"limit": 2}).json()
    second = admin.get(address, params={"limit": 2, "after": first["next"]}).json()

    assert [one["event"] for one in first["data"] + second["data"]] == ["job.created"] * 3
    assert second["next"] is None


def test_what_has_happened_is_sent_again(
    admin: TestClient, engine: Engine, workspace: WorkspaceId, subscription_id: str
) -> None:
    """A delivery that waits for its first try goes out anyway, and does not count."""
    address = f"{SUBSCRIPTIONS}/{subscription_id}"
    new_job(engine, workspace)
    admin.patch(address, json={"events": ["job.*"]})

    new_job(engine, workspace)
    answer = admin.post(f"{address}/replay", json={"since": "2026-01-01T00:00:00Z"})
    delivery_id = admin.get(f"{address}/deliveries").json()["data"][0]["id"]
    one = admin.post(f"{address}/replay", json={"delivery_id": delivery_id})

    assert (answer.status_code, answer.json()) == (202, {"queued": 0})
    assert (one.status_code, one.json()) == (202, {"queued": 0})
    assert admin.get(f"{address}/deliveries").json()["total"] == 1


def test_a_replay_names_one_delivery_or_one_moment(admin: TestClient, subscription_id: str) -> None:
    wishes = [
        {},
        {"delivery_id": str(uuid4()), "since": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-01T00:00:00"},
        {"since": "yesterday"},
        {"delivery_id": "1"},
    ]
    for wish in wishes:
        answer = admin.post(f"{SUBSCRIPTIONS}/{subscription_id}/replay", json=wish)
        assert answer.status_code == 422, wish


def test_any_moment_may_be_named(admin: TestClient, subscription_id: str) -> None:
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z"):
        answer = admin.post(f"{SUBSCRIPTIONS}/{subscription_id}/replay", json={"since": since})
        assert answer.status_code == 202, since


def test_a_delivery_of_another_subscription_is_not_found(
    admin: TestClient, subscription_id: str
) -> None:
    other = admin.post("/api/webhooks/subscribe", json=WISH).json()["id"]
    delivery = admin.post(f"{SUBSCRIPTIONS}/{other}/test").json()["id"]

    answer = admin.post(f"{SUBSCRIPTIONS}/{subscription_id}/replay", json={"delivery_id": delivery})

    assert answer.status_code == 404


def test_a_deleted_subscription_is_gone_with_its_log(
    admin: TestClient, subscription_id: str
) -> None:
    address = f"{SUBSCRIPTIONS}/{subscription_id}"
    admin.post(f"{address}/test")

    answer = admin.delete(address)

    assert (answer.status_code, answer.content) == (204, b"")
    assert admin.get(address).status_code == 404
    assert admin.get(f"{address}/deliveries").status_code == 404
    assert admin.delete(address).status_code == 404


def calls(subscription_id: str) -> list[tuple[str, str, dict[str, object] | None]]:
    address = f"{SUBSCRIPTIONS}/{subscription_id}"
    return [
        ("GET", address, None),
        ("PATCH", address, {"is_enabled": False}),
        ("POST", f"{address}/rotate", None),
        ("POST", f"{address}/test", None),
        ("GET", f"{address}/deliveries", None),
        ("POST", f"{address}/replay", {"since": "2026-01-01T00:00:00Z"}),
        ("DELETE", address, None),
    ]


def test_another_workspaces_subscription_is_not_found(
    stranger: TestClient, admin: TestClient, subscription_id: str
) -> None:
    before = admin.get(f"{SUBSCRIPTIONS}/{subscription_id}").json()

    for method, address, body in calls(subscription_id):
        assert stranger.request(method, address, json=body).status_code == 404, address
    assert stranger.get(SUBSCRIPTIONS).json()["total"] == 0
    assert admin.get(f"{SUBSCRIPTIONS}/{subscription_id}").json() == before


def test_an_editor_may_not_see_where_the_workspace_is_told(
    editor: TestClient, subscription_id: str
) -> None:
    for method, address, body in calls(subscription_id):
        assert editor.request(method, address, json=body).status_code == 403, address
    assert editor.post("/api/webhooks/subscribe", json=WISH).status_code == 403


def test_every_change_is_on_record_without_a_secret_in_it(
    admin: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    made = admin.post("/api/webhooks/subscribe", json=WISH).json()
    address = f"{SUBSCRIPTIONS}/{made['id']}"
    admin.patch(address, json={"url": "https://example.org/?token=private"})
    rotated = admin.post(f"{address}/rotate").json()
    admin.post(f"{address}/test")
    admin.post(f"{address}/replay", json={"since": "2026-01-01T00:00:00Z"})
    admin.delete(address)

    with workspace_session(engine, workspace) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "webhook.subscribe", "webhook.update", "webhook.rotate", "webhook.test",
        "webhook.replay", "webhook.delete",
    ]  # fmt: skip
    assert {entry.resource_id for entry in entries} == {made["id"]}
    told = str([entry.details for entry in entries])
    for secret in (made["secret"], rotated["secret"], "private"):
        assert secret not in told


def test_the_routes_are_documented() -> None:
    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"]

    assert len(paths) == 7
    for routes in paths.values():
        for route in routes.values():
            assert route["description"]
            assert {"401", "403", "422", "429"} <= set(route["responses"])

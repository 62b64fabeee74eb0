"""A server with the chat wire of the hosts, which refuses what they refuse and fails on request."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from threading import Event

from tests.local_server import served

KEY = "csk-4f9a8b7c6d5e"
MODEL = "gpt-oss-120b"

COMMON = {
    "model", "messages", "tools", "tool_choice", "temperature", "top_p", "seed", "stop", "stream",
    "response_format", "user", "n", "reasoning_effort",
}  # fmt: skip


class Style(StrEnum):
    """Whose habits the server has."""

    cerebras = "cerebras"
    groq = "groq"
    together = "together"


ACCEPTED = {
    Style.cerebras: COMMON | {"max_completion_tokens", "logprobs", "top_logprobs"},
    Style.groq: COMMON | {"max_completion_tokens", "max_tokens", "parallel_tool_calls"},
    Style.together: COMMON | {"max_tokens", "frequency_penalty", "presence_penalty", "logit_bias"},
}
"""Cerebras answers 400 to penalties, `logit_bias`, `parallel_tool_calls` and `service_tier`."""

Moments = list[dict[str, object]]


@dataclass(frozen=True)
class Shown:
    """A moment as the server was shown it."""

    name: str
    head: str
    text: str


@dataclass
class FakeLlm:
    """What the server answers, and how it shall fail."""

    style: Style = Style.cerebras
    answers: Callable[[list[Shown]], object] | None = None
    """What is under `moments`; none judges them in reverse order."""
    faults: list[str] = field(default_factory=list)
    """One for each request, in order: `429`, `500`, `401`, `hang`, `half_body`, `html`, `nonsense`,
    `prose`, `fenced`, `no_choices`, `null_content`, `truncated`, `other_tool`, `bad_arguments`,
    `text_instead`, `not_json_type`, `hang_up`, `redirect`, or `` for none. After the last one
    all goes well."""
    always: str = ""
    """A fault of every request."""
    address: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    """What was asked, after all checks."""
    refused: list[str] = field(default_factory=list)
    """Why requests were refused that no host would take."""
    headers: list[dict[str, str]] = field(default_factory=list)
    released: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    def reset(self) -> None:
        """Well again, with nothing asked."""
        self.answers, self.always = None, ""
        for kept in (self.faults, self.bodies, self.refused, self.headers):
            kept.clear()

    def shown(self, request: int = -1) -> list[Shown]:
        """The moments of a request."""
        return shown_in(self.bodies[request])


def prompt_of(body: dict[str, object]) -> str:
    """The words of the user's first message."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return next(str(one["content"]) for one in messages if one["role"] == "user")


def shown_in(body: dict[str, object]) -> list[Shown]:
    found = re.findall(r"Moment (\w+): (.*)\n<<(\w+)\n(.*)\n\3>>", prompt_of(body))
    return [Shown(name, head, text) for name, head, _, text in found]


def judged(name: str, points: float = 50, **others: object) -> dict[str, object]:
    """A judgement as a well-behaved model gives it."""
    usual = {
        "id": name,
        "virality": points,
        "coherence": 80,
        "title": "Why bees never get lost",
        "description": "Bees count landmarks.",
        "hashtags": ["bees", "nature"],
        "reason": "It opens with a question.",
    }
    return usual | others


def backwards(shown: list[Shown]) -> Moments:
    last_first = list(reversed(shown))
    return [judged(one.name, 90 - 10 * place) for place, one in enumerate(last_first)]


@contextmanager
def serving(fake: FakeLlm) -> Iterator[FakeLlm]:
    """Run the server; `address` is set. Requests that hang end with it."""
    answering = type("Answering", (_Answering,), {"fake": fake})
    with served(answering, before_end=fake.released.set) as fake.address:
        yield fake


def check(body: object, style: Style) -> str | None:
    """Why a host would answer 400, None when it would not."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return "messages are required"
    unknown = sorted(set(body) - ACCEPTED[style])
    if unknown:
        return f"property {unknown[0]!r} is unsupported"
    if body.get("stream"):
        return "streaming is not used here"
    roles = [one.get("role") for one in body["messages"] if isinstance(one, dict)]
    if not roles or roles[0] != "system" or "user" not in roles:
        return "messages begin with the system and have a user's"
    called = {call["id"] for one in body["messages"] for call in one.get("tool_calls") or []}
    answered = {one["tool_call_id"] for one in body["messages"] if one["role"] == "tool"}
    if called != answered:
        return "each tool call has its answer, and each answer its call"
    return _check_tools(body)


def _check_tools(body: dict[str, object]) -> str | None:
    if "tool_choice" in body and not body.get("tools"):
        return "tool_choice without tools"
    for tool in body.get("tools") or []:
        function = tool["function"]
        schema = json.dumps(function["parameters"])
        if tool["type"] != "function" or not re.fullmatch(r"[\w-]{1,64}", function["name"]):
            return "this is no tool"
        if "$ref" in schema or "anyOf" in schema:
            return "the schema is too clever"
    return None


class _Answering(BaseHTTPRequestHandler):
    fake: FakeLlm
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._is_known():
            return
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            self._fail(404, "no such path", "not_found")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.fake.headers.append(dict(self.headers))
        if not self._is_known():
            return
        if self.path != "/v1/chat/completions":
            self._fail(404, "no such path", "not_found")
        elif self.headers.get("Content-Type", "").split(";")[0] != "application/json":
            self._fail(415, "JSON is expected", "invalid_request_error")
        else:
            self._complete(json.loads(content))

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _is_known(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {KEY}":
            return True
        self._fail(401, f"Wrong API Key {self.headers.get('Authorization')}", "invalid_api_key")
        return False

    def _complete(self, body: dict[str, object]) -> None:
        wrong = check(body, self.fake.style)
        if wrong:
            self.fake.refused.append(wrong)
            self._fail(400, wrong, "invalid_request_error")
        elif body["model"] != MODEL:
            self._fail(404, f"Model {body['model']} does not exist", "model_not_found")
        else:
            self.fake.bodies.append(body)
            faults = self.fake.faults
            fault = self.fake.always or (faults.pop(0) if faults else "")
            self._broken(fault, body) if fault in BROKEN else self._answer(fault, body)

    def _broken(self, fault: str, body: dict[str, object]) -> None:
        """Replies that are no completion."""
        if fault.isdecimal():
            extra = {"Retry-After": "7"} if fault == "429" else {}
            self._fail(int(fault), f"fault {fault}: {prompt_of(body)[:200]}", "fault", **extra)
        elif fault == "hang":
            self.fake.released.wait(20)
        elif fault == "html":
            self._send(502, b"<html>Bad gateway</html>", "text/html")
        elif fault == "half_body":
            whole = self._completion("", body)
            self._send(200, whole[: len(whole) // 2], "application/json", length=len(whole))
        elif fault == "redirect":
            self._send(302, b"", "text/html", Location="http://127.0.0.1:9/v1/chat/completions")
        elif fault == "no_choices":
            self._json(200, {"id": "x", "object": "chat.completion", "choices": []})
        elif fault == "not_json_type":
            self._send(200, b"all is well", "text/plain")
        self.close_connection = True

    def _answer(self, fault: str, body: dict[str, object]) -> None:
        self._send(200, self._completion(fault, body), "application/json")

    def _completion(self, fault: str, body: dict[str, object]) -> bytes:
        answers = self.fake.answers or backwards
        told = json.dumps({"moments": answers(shown_in(body))})
        tools = body.get("tools")
        message: dict[str, object] = {"role": "assistant", "content": None}
        if fault in TEXTS or not tools:
            message["content"] = TEXTS.get(fault, "{}").replace("{}", told)
        else:
            assert isinstance(tools, list)
            name = "fly_away" if fault == "other_tool" else tools[0]["function"]["name"]
            arguments = '{"moments": [{"id":' if fault == "bad_arguments" else told
            call = {"name": name, "arguments": arguments}
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
        if fault == "null_content":
            message = {"role": "assistant", "content": None}
        reason = (
            "length"
            if fault == "truncated"
            else "tool_calls"
            if "tool_calls" in message
            else "stop"
        )
        usage = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
        return json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": MODEL,
                "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": usage,
            }
        ).encode()

    def _fail(self, status: int, message: str, code: str, **headers: str) -> None:
        """Errors in the host's own shape."""
        told = {"message": message, "type": code, "param": None, "code": code}
        shape = told if self.fake.style is Style.cerebras else {"error": told}
        self._json(status, shape, **headers)

    def _json(self, status: int, value: object, **headers: str) -> None:
        self._send(status, json.dumps(value).encode(), "application/json", **headers)

    def _send(
        self, status: int, body: bytes, kind: str, *, length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        limits = {"x-ratelimit-limit-requests": "30", "x-ratelimit-remaining-requests": "29"}
        for name, value in {"Content-Type": kind, **limits, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)
        self.close_connection = self.close_connection or length is not None


BROKEN = {
    "401", "402", "403", "404", "429", "500", "503", "529", "hang", "html", "half_body", "redirect",
    "no_choices", "not_json_type", "hang_up",
}  # fmt: skip
TEXTS = {
    "nonsense": "The weather is fine today, and I like bees.",
    "prose": "Sure! Here is what you asked for:\n\n{}\n\nI hope that helps { you }.",
    "fenced": "```json\n{}\n```",
    "text_instead": "{}",
    "truncated": '{"moments": [{"id": "k',
}
"""What a model writes; `{}` is its answer."""

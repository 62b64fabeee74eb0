"""A server that answers as Deepgram documents it, and refuses what Deepgram would refuse."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np

from tests.local_server import served

RATE = 16_000
KEY = "3f1c9a70b2d84e5fa6c1d0e2"

MODELS = ("nova-3", "nova-2", "base")
LANGUAGES = ("en", "de", "es", "fr", "ja")
FLAGS = ("punctuate", "smart_format", "diarize", "utterances", "detect_language")
KNOWN = {*FLAGS, "model", "language", "keyterm", "keywords", "utt_split"}
MAX_TOKENS = 500


@dataclass
class Said:
    """A word that the server hears; times in seconds."""

    word: str
    start: float
    end: float
    speaker: int = 0
    punctuated: str | None = None


@dataclass
class FakeDeepgram:
    """What the server hears and how it shall fail."""

    words: list[Said] = field(default_factory=list)
    """Words that lie after the end of what was sent are heard all the same."""
    language: str = "en"
    address: str = ""
    failures: list[str] = field(default_factory=list)
    """What goes wrong with each request in turn: a status, `status:retry_after`, `hangs_up`
    before the body is read, `drops` in its middle, `silent` after it, `half` a reply, `half_json`,
    `slow` bytes, the `page` of a proxy, `elsewhere`, or "" for nothing."""
    complaint: str = "Something is amiss."
    reply: object = None
    """Sent instead of the words."""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    """Parameters of each request that was let in."""
    sounds: list[np.ndarray] = field(default_factory=list)
    """The samples of each sound that came whole, ±1, 16,000 a second."""
    requests: int = 0

    def answer(self, asked: dict[str, list[str]], duration_s: float) -> object:
        alternative = {
            "transcript": " ".join(word.word for word in self.words),
            "confidence": 0.98,
            "words": [self._word(word, asked) for word in self.words],
        }
        channel: dict[str, object] = {"alternatives": [alternative]}
        if "detect_language" in asked:
            channel |= {"detected_language": self.language, "language_confidence": 0.97}
        return {
            "metadata": {
                "transaction_key": "deprecated", "request_id": "5b5c", "sha256": "00",
                "created": "2026-11-03T10:00:00.000Z", "duration": duration_s, "channels": 1,
                "models": ["1abf"], "model_info": {"1abf": {"name": "general-nova-3"}},
            },
            "results": {"channels": [channel]},
        }  # fmt: skip

    def _word(self, word: Said, asked: dict[str, list[str]]) -> dict[str, object]:
        told: dict[str, object] = {
            "word": word.word.lower(), "start": word.start, "end": word.end, "confidence": 0.9
        }  # fmt: skip
        if "diarize" in asked:
            told |= {"speaker": word.speaker, "speaker_confidence": 0.7}
        if "punctuate" in asked or "smart_format" in asked:
            told["punctuated_word"] = word.punctuated or word.word
        return told


@contextmanager
def serving(fake: FakeDeepgram) -> Iterator[FakeDeepgram]:
    """Run the server; `address` is set."""
    answering = type("Answering", (_Answering,), {"fake": fake})
    with served(answering) as fake.address:
        yield fake


class _Answering(BaseHTTPRequestHandler):
    fake: FakeDeepgram
    timeout = 10

    def do_POST(self) -> None:
        self.close_connection = True
        fails = self.fake.failures.pop(0) if self.fake.failures else ""
        self.fake.requests += 1
        with suppress(OSError):  # the other side may go at any time
            self._let_in(fails)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _let_in(self, fails: str) -> None:
        url = urlsplit(self.path)
        asked = parse_qs(url.query, strict_parsing=True)
        if fails == "hangs_up":
            return
        if fails == "drops":
            self.rfile.read(int(self.headers["Content-Length"]) // 2)
            return
        if self.headers.get("Authorization") != f"Token {KEY}":
            self._complain(401, "INVALID_AUTH", "Invalid credentials.")
            return
        sound = self.rfile.read(self._length())
        if url.path != "/v1/listen":
            self._complain(404, "NOT_FOUND", "No such path.")
        elif fault := self._fault(asked):
            self._complain(400, "Bad Request", fault)
        elif fails[:1].isdigit():
            self._refuse(fails)
        else:
            self._hear(sound, asked, fails)

    def _length(self) -> int:
        assert "Transfer-Encoding" not in self.headers, "the length of the sound is known"
        return int(self.headers["Content-Length"])

    def _fault(self, asked: dict[str, list[str]]) -> str | None:
        """What is wrong with the parameters or the kind of the body."""
        model = asked.get("model", ["base"])[0]
        if unknown := set(asked) - KNOWN:
            return f"Unknown parameter {sorted(unknown)}"
        if any(asked[flag] != ["true"] for flag in FLAGS if flag in asked):
            return "Flags are true or false."
        if model not in MODELS:
            return "No such model/language/tier combination found."
        if "language" in asked and asked["language"][0] not in LANGUAGES:
            return "No such model/language/tier combination found."
        if "language" in asked and "detect_language" in asked:
            return "language and detect_language exclude each other."
        if "keyterm" in asked and model != "nova-3":
            return "keyterm is only available for nova-3."
        if "keywords" in asked and model == "nova-3":
            return "Keywords are not supported for nova-3."
        if sum(-(-len(term) // 2) for term in asked.get("keyterm", [])) > MAX_TOKENS:
            return "Keyterm limit exceeded. The maximum number of tokens is 500."
        if self.headers.get("Content-Type") != "audio/flac":
            return "Content-Type does not fit the body."
        return None

    def _hear(self, sound: bytes, asked: dict[str, list[str]], fails: str) -> None:
        try:
            samples = _decoded(sound)
        except av.error.InvalidDataError:
            self._complain(400, "Bad Request", "failed to process audio: corrupt or unsupported")
            return
        self.fake.asked.append(asked)
        self.fake.sounds.append(samples)
        told = (
            self.fake.reply
            if self.fake.reply is not None
            else self.fake.answer(asked, len(samples) / RATE)
        )
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self._send(body, fails)

    def _send(self, body: bytes, fails: str) -> None:
        if fails == "silent":
            with suppress(OSError):
                self.connection.recv(1)  # until the other side gives up
        elif fails == "half":
            self._answer(200, body[: len(body) // 2], length=len(body))
        elif fails == "half_json":
            self._answer(200, body[: len(body) // 2])
        elif fails == "slow":
            self._answer(200, b"", length=len(body))
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        elif fails == "page":
            self._answer(200, b"<html>Log in to this network</html>")
        elif fails == "elsewhere":
            self._answer(302, b"", Location=f"{self.fake.address}/v1/other")
        else:
            self._answer(200, body)

    def _refuse(self, fails: str) -> None:
        status, _, later = fails.partition(":")
        headers = {"Retry-After": later} if later else {}
        if int(status) in (429, 403):
            told = {"category": "TOO_MANY_REQUESTS", "message": "Try later.", "request_id": "1"}
            self._answer(int(status), json.dumps(told).encode(), **headers)
        else:
            self._complain(int(status), "ASR_PAYMENT_REQUIRED", self.fake.complaint, **headers)

    def _complain(self, status: int, code: str, message: str, **headers: str) -> None:
        told = {"err_code": code, "err_msg": message, "request_id": "5b5c"}
        self._answer(status, json.dumps(told).encode(), **headers)

    def _answer(
        self, status: int, body: bytes, *, length: int | None = None, **headers: str
    ) -> None:
        """`length` is what is announced; None is the truth."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def _decoded(sound: bytes) -> np.ndarray:
    """The samples of a FLAC file; raises InvalidDataError when it does not decode."""
    with av.open(io.BytesIO(sound), format="flac") as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels) == (RATE, 1), "more than recognition needs"
        return np.concatenate([f.to_ndarray()[0] for f in container.decode(stream)]) / 32_768

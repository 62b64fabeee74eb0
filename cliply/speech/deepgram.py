"""Speech recognition by a service: Deepgram's pre-recorded audio."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import httpx
from pydantic import SecretStr

from cliply.domain.progress import OnProgress, part_of
from cliply.domain.transcribers import TranscriberName
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.media.compact_sound import write_flac
from cliply.speech.deepgram_call import Call, CallFailed, Patience, open_client
from cliply.speech.deepgram_wire import MAX_UPLOAD_BYTES, NotAReply, Reply, query, read_reply
from cliply.speech.recognition import TICK_S, require_speech
from cliply.speech.times import mended_words
from cliply.speech.transcriber import FAILED, NO_KEY, Refused, SpeechRequest
from cliply.speech.turns import number_speakers
from cliply.speech.words import primary_language, transcript_of

BASE_URL = "https://api.deepgram.com"
PATIENCE = Patience()

WRITTEN, SENT = 0.2, 0.6
"""Progress when the sound is written and when it has gone up; the rest is waiting."""


class DeepgramTranscriber:
    """The managed tier: the sound of the source leaves this machine."""

    name = TranscriberName.deepgram.value

    def __init__(
        self,
        key: SecretStr | None,
        *,
        model: str = "nova-3",
        base_url: str = BASE_URL,
        patience: Patience = PATIENCE,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
    ) -> None:
        self._key = key
        self._model = model
        self._url = httpx.URL(base_url).join("/v1/listen")
        self._patience = patience
        self._max_upload_bytes = max_upload_bytes

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused without speech or key, and whenever no usable answer came.

        Raises MediaError when the sound can not be read, Unavailable when there is no room
        on the disk for a copy of it.
        """
        require_speech(request)
        key = self._usable_key()
        with TemporaryDirectory(prefix="cliply-deepgram-") as folder:
            sound = write_flac(
                request.path,
                request.source,
                Path(folder) / "sound.flac",
                on_progress=part_of(request.on_progress, 0.0, WRITTEN),
            )
            self._check_size(sound)
            reply = _parsed(self._answer(key, sound, request))
        request.on_progress(1.0)
        return self._transcript(reply, request)

    def _transcript(self, reply: Reply, request: SpeechRequest) -> Transcript:
        duration_ms = request.source.duration_ms
        words, warnings = mended_words(reply.words, duration_ms, "Deepgram's answer")
        speakers = {word.speaker for word in words} - {None}
        transcript = transcript_of(
            number_speakers(words),
            duration_ms,
            engine=self.name,
            model=self._model,
            language=reply.language or primary_language(request.language) or "und",
            quality=TranscriptQuality.high,
        )
        return transcript.model_copy(
            update={"warnings": warnings, "speaker_count": len(speakers) or None}
        )

    def _usable_key(self) -> SecretStr:
        """Raises Refused for one that HTTP would not carry; its own error would show the key."""
        text = self._key.get_secret_value().strip() if self._key else ""
        if not text:
            raise Refused(f"{NO_KEY}: DEEPGRAM_API_KEY is not set")
        if not (text.isascii() and text.isprintable() and " " not in text):
            raise Refused(f"{FAILED}DEEPGRAM_API_KEY has letters in it that no key has")
        return SecretStr(text)

    def _check_size(self, sound: Path) -> None:
        size_bytes = sound.stat().st_size
        if size_bytes > self._max_upload_bytes:
            raise Refused(
                f"{FAILED}the sound has {size_bytes / 1e9:g} GB and Deepgram takes "
                f"{self._max_upload_bytes / 1e9:g}"
            )

    def _answer(self, key: SecretStr, sound: Path, request: SpeechRequest) -> bytes:
        """The body of a good answer; after a failure that may pass, Deepgram is asked again."""
        asked = query(self._model, request.language, request.hotwords)
        on_progress = _never_back(request.on_progress)
        attempt = 1
        with open_client(self._patience) as client:
            while True:
                call = Call(client, self._url, asked, key, sound, self._patience)
                try:
                    return call.make(partial(_report, call, on_progress))
                except CallFailed as failed:
                    pause_s = self._pause_after(attempt, failed)
                _pause(pause_s, lambda: on_progress(0.0))
                attempt += 1

    def _pause_after(self, attempt: int, failed: CallFailed) -> float:
        """How long to wait before the next attempt; raises Refused where there shall be none."""
        patience = self._patience
        pause_s = failed.retry_after_s or patience.pause_s(attempt)
        if (
            attempt == patience.attempts
            or not failed.may_pass
            or pause_s > patience.longest_pause_s
        ):
            raise Refused(f"{FAILED}{failed}")
        return pause_s


def _parsed(body: bytes) -> Reply:
    try:
        return read_reply(body)
    except NotAReply as error:
        raise Refused(
            f"{FAILED}Deepgram answered with something else than words ({error})"
        ) from None


def _report(call: Call, on_progress: OnProgress) -> None:
    on_progress(WRITTEN + (SENT - WRITTEN) * call.sent)


def _never_back(on_progress: OnProgress) -> OnProgress:
    """Progress that stays where it was while an upload begins again."""
    furthest = 0.0

    def report(fraction: float) -> None:
        nonlocal furthest
        furthest = max(furthest, fraction)
        on_progress(furthest)

    return report


def _pause(pause_s: float, tick: Callable[[], None]) -> None:
    until = monotonic() + pause_s
    while (left_s := until - monotonic()) > 0:
        tick()
        sleep(min(left_s, TICK_S))

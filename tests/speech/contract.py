"""What every transcriber promises; its tests run here and, for the extra `gpu`, in `tests_gpu`."""

from dataclasses import replace
from itertools import pairwise

import pytest

from cliply.domain.transcript import Transcript
from cliply.errors import Cancelled
from cliply.speech.transcriber import Refused, SpeechRequest, Transcriber


def require_transcript(transcriber: Transcriber, request: SpeechRequest) -> Transcript:
    """Words in order inside the source, that say something, in utterances that hold them all.

    A language and hotwords are taken, whatever use is made of them; progress goes from 0 to 1
    and never back.
    """
    seen: list[float] = []
    hinted = replace(
        request, language="en-US", hotwords=("Cliply", "Ada Lovelace"), on_progress=seen.append
    )
    transcript = transcriber.transcribe(hinted)
    assert seen == sorted(seen)
    assert all(0 <= fraction <= 1 for fraction in seen)
    assert transcript.engine == transcriber.name
    assert transcript.language
    assert transcript.words
    for before, after in pairwise(transcript.words):
        assert before.span.end_ms <= after.span.start_ms
    assert transcript.words[-1].span.end_ms <= request.source.duration_ms
    assert all(word.text == word.text.strip() != "" for word in transcript.words)
    assert all(word.confidence is None or 0 <= word.confidence <= 1 for word in transcript.words)
    covered = [i for u in transcript.utterances for i in range(u.first, u.last + 1)]
    assert covered == list(range(len(transcript.words)))
    return transcript


def require_refusal_of_nothing(transcriber: Transcriber, mute: SpeechRequest) -> None:
    """A source without sound, captions or a transcript is declined; that is no error."""
    with pytest.raises(Refused) as caught:
        transcriber.transcribe(mute)
    assert caught.value.reason


def require_end(transcriber: Transcriber, request: SpeechRequest) -> None:
    """What the caller's `on_progress` raises ends the work and passes, in all that takes time."""

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        transcriber.transcribe(replace(request, on_progress=cancel))

"""Asks transcribers in order until one delivers."""

from collections.abc import Sequence

from cliply.domain.transcript import Refusal, Transcript, TranscriptQuality
from cliply.speech.transcriber import FAILED, NothingSaid, Refused, SpeechRequest, Transcriber


def transcribe_with_first(chain: Sequence[Transcriber], request: SpeechRequest) -> Transcript:
    """The answer of the first transcriber that gives one, with the refusals before it.

    Where all refuse, or nothing was said, the answer is a transcript without words
    (engine and quality `none`) whose warning says why. A sidecar that the caller gave and
    that can not be used is an InvalidInput, never silently replaced by recognition.
    """
    refusals: list[Refusal] = []
    for transcriber in chain:
        try:
            transcript = transcriber.transcribe(request)
        except NothingSaid as refused:
            return _without_words(f"There is no transcript: {refused.reason}.", refusals)
        except Refused as refused:
            refusals.append(Refusal(engine=transcriber.name, reason=refused.reason))
            continue
        if not transcript.words:
            return _without_words(f"{transcriber.name} heard no words in the source.", refusals)
        return transcript.model_copy(update={"refusals": tuple(refusals)})
    reasons = "; ".join(f"{refusal.engine}: {refusal.reason}" for refusal in refusals)
    return _without_words(
        f"No transcriber could be used ({reasons}); mend one of them and run it again.", refusals
    )


def is_makeshift(transcript: Transcript) -> bool:
    """Whether a better transcriber broke down on the way, so that another try may be worth it."""
    return any(refusal.reason.startswith(FAILED) for refusal in transcript.refusals)


def _without_words(warning: str, refusals: Sequence[Refusal]) -> Transcript:
    return Transcript(
        language="und",
        engine="none",
        quality=TranscriptQuality.none,
        refusals=tuple(refusals),
        warnings=(warning,),
    )

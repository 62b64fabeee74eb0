"""The synthesiser says what it is told and knows when it said it."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from cliply.errors import ErrorCode, InvalidInput
from cliply.speech.synthesis import SPEECH_RATE, Speech, synthesize


def digest(speech: Speech) -> str:
    return hashlib.sha256(speech.samples.tobytes()).hexdigest()


def test_every_word_keeps_its_spelling_and_signs() -> None:
    text = "Hello there. In 2024, bees won't stop; really? Yes — 3.5 percent!"
    words = [word.text for word in synthesize(text, "en-us").words]
    assert words == [
        "Hello", "there.", "In", "2024,", "bees", "won't", "stop;", "really?", "Yes —", "3.5",
        "percent!",
    ]  # fmt: skip


def test_words_follow_each_other_inside_the_sound() -> None:
    speech = synthesize("One two three. Four, five and six!")
    spans = [word.span for word in speech.words]
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(spans))
    assert spans[-1].end_ms <= len(speech.samples) * 1000 / SPEECH_RATE


def test_word_times_are_where_the_sound_is() -> None:
    speech = synthesize("Stop. Go.", "en-us")
    first, second = (word.span for word in speech.words)
    pause = speech.samples[
        first.end_ms * SPEECH_RATE // 1000 + 100 : second.start_ms * SPEECH_RATE // 1000
    ]
    said = speech.samples[
        second.start_ms * SPEECH_RATE // 1000 : second.end_ms * SPEECH_RATE // 1000
    ]
    assert len(pause) > SPEECH_RATE // 10
    assert np.abs(pause).max() <= 330
    assert np.abs(said).max() > 5000


def test_the_same_text_sounds_the_same_whatever_was_said_before() -> None:
    first = digest(synthesize("Bees dance.", "en-us"))
    synthesize("Something else entirely.", "de")
    assert digest(synthesize("Bees dance.", "en-us")) == first


def test_voice_rate_and_pitch_change_the_sound() -> None:
    plain = synthesize("Bees dance in the dark.", "en-us")
    assert len(synthesize("Bees dance in the dark.", "en-us", 250).samples) < len(plain.samples)
    others = [
        synthesize("Bees dance in the dark.", "en-us+f3"),
        synthesize("Bees dance in the dark.", "en-us", pitch=80),
    ]
    assert len({digest(speech) for speech in [plain, *others]}) == 3


def test_threads_take_turns() -> None:
    texts = ["one fish", "two fish"] * 6
    alone = {text: digest(synthesize(text)) for text in set(texts)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: digest(synthesize(text)), texts))
    assert together == [alone[text] for text in texts]


@pytest.mark.parametrize("text", ["", " — "])
def test_nothing_to_say_has_no_words(text: str) -> None:
    assert synthesize(text).words == ()


def test_an_unknown_voice_is_named() -> None:
    with pytest.raises(InvalidInput, match="xx-nope") as caught:
        synthesize("hello", "xx-nope")
    assert caught.value.code == ErrorCode.option_invalid

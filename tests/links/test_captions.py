"""Which captions come with a video."""

from typing import Any

import pytest

from cliply.links.captions import choose_captions


def track(*extensions: str) -> list[dict[str, Any]]:
    return [{"ext": one, "url": f"https://cdn.example/c.{one}"} for one in extensions]


def info(
    written: tuple[str, ...] = (), heard: tuple[str, ...] = (), language: str | None = None
) -> dict[str, Any]:
    tracks = track("vtt", "json3", "ttml")
    return {
        "subtitles": dict.fromkeys(written, tracks),
        "automatic_captions": dict.fromkeys(heard, tracks),
        "language": language,
    }


@pytest.mark.parametrize(
    ("found", "spoken", "expected"),
    [
        (info(("de", "en"), ("en-orig",), "en"), None, ("en", False)),
        (info(("de", "en-GB"), (), "en"), None, ("en-GB", False)),
        (info(("de",), ("en-orig", "en", "fr"), "en"), None, ("en", True)),
        (info((), ("en-orig", "de"), None), None, ("en", True)),
        (info((), ("en", "de"), None), None, None),
        (info(("de",), (), None), None, ("de", False)),
        (info(("de", "fr"), (), None), None, None),
        (info(("de", "fr"), (), None), "fr", ("fr", False)),
        (info(("live_chat",), (), None), None, None),
        (info(("fr",), (), "en"), None, None),
        (info(), None, None),
    ],
)
def test_they_are_in_the_language_of_the_source(
    found: dict[str, Any], spoken: str | None, expected: tuple[str, bool] | None
) -> None:
    chosen = choose_captions(found, spoken)

    assert (chosen and (chosen.language, chosen.is_automatic)) == expected


def test_those_with_the_times_of_words_go_first() -> None:
    chosen = choose_captions({"subtitles": {"en": track("srt", "vtt", "json3")}}, "en")

    assert chosen is not None
    assert chosen.track["ext"] == "json3"


def test_a_track_that_is_of_no_use_is_left_where_it_is() -> None:
    odd = {
        "subtitles": {
            "en": [{"ext": "ttml", "url": "https://a"}, {"ext": "vtt", "url": "file:///"}]
        }
    }

    assert choose_captions(odd, "en") is None

"""Which of a platform's captions are fetched with a video."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

FORMATS = ("json3", "vtt", "srt")
"""Those that a sidecar may have, best first: json3 has the times of words."""

ORIGINAL = "-orig"
"""How YouTube marks the language that its recogniser heard; the others are translations."""

Tracks = Mapping[str, Sequence[Mapping[str, Any]]]


class Captions(NamedTuple):
    """Captions that are offered."""

    language: str
    is_automatic: bool
    track: Mapping[str, Any]
    """Of yt-dlp: `url` or `data`, and `ext`."""


def choose_captions(info: Mapping[str, Any], spoken: str | None) -> Captions | None:
    """Those in the language of the source: of a person before those of a machine.

    `spoken` is what the tenant says is spoken; else the page may know. Where nobody does,
    the only captions of a person are taken, or what the machine heard.
    """
    written: Tracks = info.get("subtitles") or {}
    heard: Tracks = info.get("automatic_captions") or {}
    language = spoken or info.get("language")
    for name in _written_names(written, language):
        found = _best(written[name])
        if found is not None:
            return Captions(name, False, found)
    for name in _heard_names(heard, language):
        found = _best(heard[name])
        if found is not None:
            return Captions(name.removesuffix(ORIGINAL), True, found)
    return None


def _written_names(tracks: Tracks, language: str | None) -> list[str]:
    names = [name for name in tracks if name != "live_chat"]
    if language is None:
        return names if len(names) == 1 else []
    return [*_exactly(names, language), *_alike(names, language)]


def _heard_names(tracks: Tracks, language: str | None) -> list[str]:
    originals = [name for name in tracks if name.endswith(ORIGINAL)]
    if language is None:
        return originals or (list(tracks) if len(tracks) == 1 else [])
    return [*_alike(originals, language), *_exactly(tracks, language), *_alike(tracks, language)]


def _exactly(names: Sequence[str] | Tracks, language: str) -> Iterator[str]:
    return (name for name in names if name.lower() == language.lower())


def _alike(names: Sequence[str] | Tracks, language: str) -> Iterator[str]:
    """The same language as it is spoken elsewhere: `en-GB` for `en`."""
    return (name for name in names if _primary(name) == _primary(language))


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]


def _best(tracks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    usable = [one for one in tracks if one.get("ext") in FORMATS and _is_there(one)]
    return min(usable, key=lambda one: FORMATS.index(one["ext"]), default=None)


def _is_there(track: Mapping[str, Any]) -> bool:
    return bool(track.get("data")) or str(track.get("url", "")).startswith(("http://", "https://"))

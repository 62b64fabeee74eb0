"""How yt-dlp is set for a download."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cliply.links.asking import Wish
from cliply.links.inspection import PROTOCOLS

HOW = f"[protocol~='^({'|'.join(sorted(PROTOCOLS))})$']"
FORMAT = f"bv*{HOW}+ba{HOW}/b{HOW}/ba{HOW}/bv*{HOW}"
"""Best picture with best sound; sound alone for a podcast."""

SORT = ("res:2160",)
"""The best up to 2160p (the shorter side, so upright videos too), before all else."""

NO_NETWORK = ["-protocol_whitelist", "file"]
"""For FFmpeg when it joins what is there: a file may be a playlist in disguise."""

JS_RUNTIMES = ("deno", "node", "bun", "qjs")


def options(
    wish: Wish, on_progress: Callable[[Any], None], on_joining: Callable[[Any], None], logger: Any
) -> dict[str, Any]:
    """Parameters of `YoutubeDL`; everything is written to the present folder."""
    return {
        "format": FORMAT,
        "format_sort": list(SORT),
        "merge_output_format": "mp4/mkv",
        "outtmpl": "source.%(ext)s",
        "noplaylist": True,
        "playlist_items": "1",
        "proxy": wish.proxy,
        "geo_bypass": False,
        "cookiefile": wish.cookies,
        "socket_timeout": 20,
        "retries": 3,
        "extractor_retries": 1,
        "fragment_retries": 5,
        "file_access_retries": 1,
        "skip_unavailable_fragments": False,
        "concurrent_fragment_downloads": 4,
        "continuedl": True,
        "overwrites": False,
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "ffmpeg_location": wish.ffmpeg,
        "postprocessor_args": {"ffmpeg_i": NO_NETWORK},
        "js_runtimes": js_runtimes(wish.js_runtime),
        "cachedir": False,
        "updatetime": False,
        "enable_file_urls": False,
        "quiet": True,
        "noprogress": True,
        "color": "no_color",
        "logger": logger,
        "progress_hooks": [on_progress],
        "postprocessor_hooks": [on_joining],
    }


def js_runtimes(path: str | None) -> dict[str, dict[str, str]]:
    """The runtime by the name of its program; none is looked for."""
    if path is None:
        return {}
    name = next((one for one in JS_RUNTIMES if Path(path).name.startswith(one)), "deno")
    return {"quickjs" if name == "qjs" else name: {"path": path}}

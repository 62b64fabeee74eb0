"""Which links are taken, and which of them are the same."""

from pathlib import Path

import pytest

from cliply.links.addresses import check_link, same_link
from cliply.links.rules import LinkRules

RULES = LinkRules(downloads=Path("downloads"))
BEES = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (BEES, BEES),
        ("https://youtu.be/aqz-KE-bpKQ?si=AbC123&t=42", BEES),
        ("https://YOUTUBE.com/watch?v=aqz-KE-bpKQ&list=PL123&index=4&pp=x#t=1", BEES),
        ("https://m.youtube.com/watch?app=desktop&v=aqz-KE-bpKQ", BEES),
        ("https://music.youtube.com/watch?v=aqz-KE-bpKQ&feature=share", BEES),
        ("https://www.youtube.com/shorts/aqz-KE-bpKQ?feature=share", BEES),
        ("https://www.youtube.com/live/aqz-KE-bpKQ", BEES),
        ("https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ/", BEES),
        ("https://www.youtube.com./watch?v=aqz-KE-bpKQ", BEES),
        ("https://www.youtube.com:443/watch?v=aqz-KE-bpKQ", BEES),
        (
            "https://www.youtube.com/playlist?list=PL123&si=x",
            "https://www.youtube.com/playlist?list=PL123",
        ),
        ("https://vimeo.com/76979871?share=copy&h=8272103f6e", "https://vimeo.com/76979871?h=8272103f6e"),
        ("https://www.twitch.tv/videos/123456?t=1h2m", "https://www.twitch.tv/videos/123456"),
        ("https://clips.twitch.tv/Brave/", "https://clips.twitch.tv/Brave"),
        ("https://www.instagram.com/reel/Cabc/?igshid=1", "https://www.instagram.com/reel/Cabc"),
        ("https://vm.tiktok.com/ZMabc/?_r=1", "https://vm.tiktok.com/ZMabc"),
        ("https://twitter.com/a/status/1?s=20&t=x", "https://x.com/a/status/1"),
        ("https://mobile.twitter.com/a/status/1", "https://x.com/a/status/1"),
        ("https://x.com/a/status/1", "https://x.com/a/status/1"),
        ("https://t.co/abc", "https://t.co/abc"),
    ],
)  # fmt: skip
def test_the_ways_to_write_a_link_to_a_video_are_one(written: str, kept: str) -> None:
    assert check_link(written, RULES).url == kept
    assert check_link(kept, RULES).url == kept, "what is kept can be given again"
    assert same_link(written) == kept


def test_links_to_other_videos_stay_apart() -> None:
    links = {
        check_link(f"https://www.youtube.com/watch?v={video_id}", RULES).url
        for video_id in ("aqz-KE-bpKQ", "AQZ-KE-bpKQ", "aqz-KE-bpKR")
    }

    assert len(links) == 3


def test_what_a_site_signs_is_left_as_it_is() -> None:
    rules = LinkRules(downloads=Path("downloads"), domains=("cdn.example",))
    signed = "https://cdn.example/v.mp4?Signature=a%2Fb+c&Expires=1"

    assert check_link(signed, rules).url == signed
    assert check_link(f"{signed}&utm_source=mail", rules).url.endswith("Expires=1")


def test_any_other_text_is_no_link_and_stays() -> None:
    assert same_link("file:///etc/passwd") == "file:///etc/passwd"
    assert same_link("not a link") == "not a link"

"""Files for editing programs list the same frames as the render."""

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from cliply.domain.rendering import RenderSpec
from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import Timeline
from cliply.media.interchange import interchange_files, interchange_notes, timeline_of
from tests.media.timelines import (
    CUTS,
    FAST,
    FOUR_HOURS_MS,
    NAME,
    NTSC,
    THIRTY,
    URL,
    edl_rows,
    files_of,
    frame_of,
    frames_in,
    in_edl,
    in_fcpxml,
    in_otio,
    in_premiere,
    own_rows,
    source_at,
    spans,
    spec_of,
    speeds,
    truth,
)


@pytest.fixture(params=[THIRTY, NTSC], ids=["30", "29.97"])
def rate(request: pytest.FixtureRequest) -> Fraction:
    return request.param


@pytest.fixture(params=CUTS.values(), ids=CUTS.keys())
def spec(request: pytest.FixtureRequest, rate: Fraction) -> RenderSpec:
    return spec_of(Timeline(frame_rate=rate, **request.param))


def test_the_timeline_shows_the_frames_of_the_render(spec: RenderSpec) -> None:
    timeline = timeline_of(spec, NAME, URL)
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio"]
    assert [in_otio(track) for track in timeline.tracks] == [truth(spec)] * 2
    assert timeline.duration().value == spec.timeline.frames
    assert timeline.duration().rate == float(spec.timeline.frame_rate)


def read_back(text: str, adapter: str, **options: object) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(text, adapter, **options)


def test_the_otio_file_reads_back_as_the_same_timeline(spec: RenderSpec) -> None:
    timeline = read_back(files_of(spec)[".otio"], "otio_json")
    assert [in_otio(track) for track in timeline.tracks] == [truth(spec)] * 2
    body = [one for one in timeline.find_clips() if one.name == NAME]
    assert {clip.media_reference.target_url for clip in body} == {URL}
    available = body[0].media_reference.available_range
    assert available.duration.value == spec.timeline.frame_at(FOUR_HOURS_MS)
    kinds = [one.metadata["cliply"]["kind"] for one in timeline.tracks[0] if is_transition(one)]
    assert kinds == [one.kind for one in spec.timeline.transitions if one]


def is_transition(item: object) -> bool:
    return isinstance(item, otio.schema.Transition)


def test_premieres_xml_shows_the_frames_of_the_render(spec: RenderSpec) -> None:
    root = ElementTree.fromstring(files_of(spec)[".xml"])
    for track in (root.find(".//video/track"), root.find(".//audio/track")):
        for found, true in zip(in_premiere(track), truth(spec), strict=True):
            assert found[:2] == true[:2]
            assert found.speed == true.speed
            assert abs(found.first - true.first) <= (0 if true.speed == 1 else true.speed / 2)


def test_premieres_xml_names_rate_size_length_and_file(spec: RenderSpec) -> None:
    root = ElementTree.fromstring(files_of(spec)[".xml"])
    assert {element.text for element in root.iter("timebase")} == {"30"}
    ntsc = "TRUE" if spec.timeline.frame_rate == NTSC else "FALSE"
    assert {element.text for element in root.iter("ntsc")} == {ntsc}
    assert {element.text for element in root.iter("displayformat")} == {"NDF"}
    sequence = root.find(".//sequence")
    assert sequence.findtext("duration") == str(spec.timeline.frames)
    size = sequence.find("media/video/format/samplecharacteristics")
    assert (size.findtext("width"), size.findtext("height")) == ("1080", "1920")
    files = {file.findtext("pathurl"): file for file in root.iter("file") if len(file)}
    assert files[URL].findtext("name") == NAME
    assert files[URL].findtext("duration") == str(spec.timeline.frame_at(FOUR_HOURS_MS))


def test_premieres_xml_links_picture_and_sound(spec: RenderSpec) -> None:
    root = ElementTree.fromstring(files_of(spec)[".xml"])
    clips = {clip.get("id"): clip for clip in root.iter("clipitem")}
    assert len(clips) == 2 * len(truth(spec))
    for clip in clips.values():
        links = [link.findtext("linkclipref") for link in clip.findall("link")]
        assert clip.get("id") in links
        places = [tuple(clips[one].findtext(n) for n in ("start", "in")) for one in links]
        assert places[0] == places[1]


def test_premieres_xml_reads_back_through_its_adapter(spec: RenderSpec) -> None:
    timeline = read_back(files_of(spec)[".xml"], "fcp_xml")
    for track in timeline.tracks:
        for found, true in zip(in_otio(track), truth(spec), strict=True):
            assert found[:2] == true[:2]
            assert true.speed != 1 or found.first == true.first  # it reads no time remap


def test_the_fcpxml_shows_the_frames_of_the_render(spec: RenderSpec) -> None:
    root = ElementTree.fromstring(files_of(spec)[".fcpxml"])
    rate = spec.timeline.frame_rate
    assert in_fcpxml(root.find(".//spine"), rate) == truth(spec)
    assert frames_in(root.find(".//sequence").get("duration"), rate) == spec.timeline.frames


def test_the_fcpxml_names_rate_size_and_file(spec: RenderSpec) -> None:
    root = ElementTree.fromstring(files_of(spec)[".fcpxml"])
    formats = {one.get("id"): one for one in root.iter("format")}
    own = formats[root.find(".//sequence").get("format")]
    assert (own.get("width"), own.get("height")) == ("1080", "1920")
    assert 1 / Fraction(own.get("frameDuration").removesuffix("s")) == spec.timeline.frame_rate
    assets = {asset.get("id"): asset for asset in root.iter("asset")}
    (source,) = (asset for asset in assets.values() if asset.get("src") == URL)
    assert source.get("name") == NAME
    assert (source.get("hasVideo"), source.get("hasAudio")) == ("1", "1")
    assert formats[source.get("format")].get("width") == "1920"
    assert {clip.get("ref") for clip in root.iter("asset-clip")} == set(assets)


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS.keys())
def test_the_fcpxml_reads_back_through_its_adapter(cuts: dict) -> None:
    """At 30 frames a second: the adapter reads 29.97 as 29."""
    text = files_of(spec_of(Timeline(frame_rate=THIRTY, **cuts)))[".fcpxml"]
    timeline = read_back(text, "fcpx_xml")
    (track,) = timeline.tracks
    written = list(ElementTree.fromstring(text).iter("asset-clip"))
    for clip, element in zip(track.find_clips(), written, strict=True):
        assert clip.media_reference.target_url in (URL, "file:///in.mp4", "out.mp4")
        start, frames = clip.source_range.start_time, clip.source_range.duration
        assert abs(start.value - frames_in(element.get("start"), THIRTY)) <= 1  # it cuts off
        assert abs(frames.value - frames_in(element.get("duration"), THIRTY)) <= 1


def test_the_edl_shows_the_frames_of_the_render(spec: RenderSpec) -> None:
    text = files_of(spec)[".edl"]
    for (found, _), true in zip(in_edl(text), truth(spec), strict=True):
        assert found[:3] == true[:3]
    for (found, end), row in zip(in_edl(text), own_rows(text), strict=True):
        frames = frame_of(row[8]) - frame_of(row[7])
        speed = speeds(text).get(int(found.first), Fraction(1))
        assert abs(end - found.first - frames * speed) <= Fraction(1, 2)
        assert speed == next(one.speed for one in truth(spec) if one.first == found.first)


def test_the_edl_has_a_head_channels_reels_and_files(spec: RenderSpec) -> None:
    text = files_of(spec)[".edl"]
    assert text.startswith("TITLE: Wer fand's? <Bienen> & Blüten\nFCM: NON-DROP FRAME\n\n001  ")
    assert {row[2] for row in edl_rows(text)} == {"AA/V"}
    assert {row[1].strip() for row in edl_rows(text)} <= {"JRGENSVO", "INTRO", "OUTRO"}
    assert f"* FROM CLIP NAME:  {NAME}\n* FROM FILE: {URL}\n" in text


def test_the_edl_reads_back_through_its_adapter(spec: RenderSpec) -> None:
    timeline = read_back(files_of(spec)[".edl"], "cmx_3600", rate=30)
    assert [track.name for track in timeline.tracks] == ["V", "A1", "A2"]
    for track in timeline.tracks:
        assert [one[:3] for one in in_otio(track)] == [one[:3] for one in truth(spec)]


def kinds_of(spec: RenderSpec) -> list[str]:
    timeline = timeline_of(spec, NAME, URL)
    return [track.kind for track in timeline.tracks]


CUT = Timeline(frame_rate=THIRTY, **CUTS["twenty spans"])


def test_a_silent_source_has_no_sound_track() -> None:
    spec = spec_of(CUT, source=source_at(THIRTY, audio=False))
    files = files_of(spec)
    assert kinds_of(spec) == ["Video"]
    assert ElementTree.fromstring(files[".xml"]).find(".//audio/track") is None
    assert ElementTree.fromstring(files[".fcpxml"]).find(".//asset").get("hasAudio") == "0"
    assert {row[2] for row in edl_rows(files[".edl"])} == {"V"}


def test_a_muted_source_has_no_sound_track() -> None:
    spec = spec_of(CUT, audio=AudioSpec(has_source=False))
    assert kinds_of(spec) == ["Video"]


def test_a_source_of_sound_alone_has_no_picture_track() -> None:
    spec = spec_of(CUT, source=source_at(THIRTY, video=False))
    files = files_of(spec)
    assert kinds_of(spec) == ["Audio"]
    assert [one for one, _ in in_edl(files[".edl"])] == truth(spec)
    assert {row[2] for row in edl_rows(files[".edl"])} == {"AA"}
    root = ElementTree.fromstring(files[".fcpxml"])
    assert in_fcpxml(root.find(".//spine"), THIRTY) == truth(spec)
    assert root.find(".//asset").get("hasVideo") == "0"
    assert in_premiere(ElementTree.fromstring(files[".xml"]).find(".//audio/track")) == truth(spec)


def test_a_source_of_another_rate_keeps_its_own_speed() -> None:
    spec = spec_of(CUT, source=source_at(Fraction(25)))
    root = ElementTree.fromstring(files_of(spec)[".fcpxml"])
    for conform in root.iter("conform-rate"):
        assert conform.attrib == {"scaleEnabled": "0", "srcFrameRate": "25"}
    assert len(list(root.iter("conform-rate"))) == 20
    assert any("25 frames" in note for note in interchange_notes(spec))


def test_rates_without_timecode_leave_two_formats_out_and_say_so() -> None:
    spec = spec_of(Timeline(frame_rate=Fraction(27), spans=spans((3, 50), (99, 40))))
    files = files_of(spec)
    assert set(files) == {".otio", ".fcpxml"}
    root = ElementTree.fromstring(files[".fcpxml"])
    assert in_fcpxml(root.find(".//spine"), Fraction(27)) == truth(spec)
    (note,) = interchange_notes(spec)
    assert ".edl" in note
    assert "27 frames" in note


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(24), Fraction(25)])
def test_other_rates_of_broadcasting_have_all_formats(rate: Fraction) -> None:
    spec = spec_of(Timeline(frame_rate=rate, spans=spans((24, 48), (2400, 24))))
    files = files_of(spec)
    assert set(files) == {".otio", ".fcpxml", ".xml", ".edl"}
    assert in_premiere(ElementTree.fromstring(files[".xml"]).find(".//video/track")) == truth(spec)
    assert interchange_notes(spec) == ()


def test_what_a_format_can_not_hold_is_noted() -> None:
    wiped = spec_of(Timeline(frame_rate=THIRTY, **CUTS["transitions"]))
    assert interchange_notes(wiped) == ("The editing timelines have dissolves in place of: wipe.",)
    between = spec_of(Timeline(frame_rate=THIRTY, spans=spans((501, 80), speed=FAST)))
    assert any("half a frame" in note for note in interchange_notes(between))
    on_frames = spec_of(Timeline(frame_rate=THIRTY, spans=spans((500, 80), speed=FAST)))
    assert interchange_notes(on_frames) == ()


def test_names_and_addresses_survive_whatever_is_in_them() -> None:
    name, url = 'a \u0007\n"b" <c>\'].mp4', "https://x.test/ä ö?a=1&b='2'"
    files = interchange_files(spec_of(CUT), source_name=name, source_url=url)
    for suffix, path in ((".fcpxml", ".//asset"), (".xml", ".//file")):
        found = ElementTree.fromstring(files[suffix]).find(path)
        assert url in (found.get("src"), found.findtext("pathurl"))
        assert 'a "b" <c>\'].mp4' in (found.get("name"), found.findtext("name"))
    assert in_edl(files[".edl"])[0][0] == truth(spec_of(CUT))[0]


def test_no_program_is_asked_about_a_source_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The FCPXML adapter would start ffprobe for its size."""
    trap, called = tmp_path / "ffprobe", tmp_path / "called"
    trap.write_text(f"#!/bin/sh\ntouch '{called}'\n")
    trap.chmod(0o755)
    source = tmp_path / "talk.mp4"
    source.write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    interchange_files(spec_of(CUT), source_name="talk", source_url=source.as_uri())
    assert not called.exists()

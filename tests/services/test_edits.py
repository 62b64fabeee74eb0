"""Edits as JSON text and as changes by field path."""

import json

import pytest

from cliply.domain.captions import CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.effects import HookTitle, ProgressBar
from cliply.domain.sound import Noise
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.edits import amend, parse_edit


def test_an_edit_names_only_what_it_changes() -> None:
    edit = parse_edit('{"captions": {"style": "karaoke"}}')
    assert edit.captions.style is CaptionStyle.karaoke
    assert edit.captions.model_fields_set == {"style"}
    assert edit.reframe == Edit().reframe


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"captions": {"size": 9}, "export": {"crf": 3}}, ["captions.size: ", "export.crf: "]),
        ({"captions": {"accent_colour": "red"}}, ["captions.accent_colour: "]),
        (
            {"effects": [{"kind": "magic_zoom", "strength": 0.5}]},
            ["effects.magic_zoom.strength: "],
        ),
        ({"effects": [{"kind": "sparkles"}]}, ["effects.0: "]),
        ({"base_cut": {"cut": [{"start_ms": 9, "end_ms": 3}]}}, ["base_cut.cut.0: "]),
        (
            {"base_cut": {"snap_to_beats": True}},
            ["base_cut.snap_to_beats needs audio_suite.music"],
        ),
        ({"capshuns": {}}, ["capshuns: there is no such setting"]),
    ],
)
def test_every_faulty_field_is_listed(given: dict[str, object], faults: list[str]) -> None:
    with pytest.raises(InvalidInput) as failure:
        parse_edit(json.dumps(given))
    assert failure.value.code is ErrorCode.edit_invalid
    for fault in faults:
        assert fault in failure.value.message


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_a_text_that_is_no_edit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        parse_edit(text)
    assert failure.value.code is ErrorCode.edit_invalid


def test_fields_are_set_by_their_path() -> None:
    edit = amend(
        Edit(),
        {
            "captions.accent_colour": "#ff0000",
            "captions.uppercase": "true",
            "captions.size": "1.5",
            "audio_suite.noise.method": "spectral",
            "effects.progress_bar.colour": "#00FF00",
            "effects.hook_title": "{}",
        },
    )
    assert edit.captions.accent_colour == "#FF0000"
    assert (edit.captions.uppercase, edit.captions.size) == (True, 1.5)
    assert edit.audio_suite.noise is not None
    assert edit.audio_suite.noise.method is Noise.spectral
    assert edit.effects == (ProgressBar(colour="#00FF00"), HookTitle())


def test_what_is_not_set_stays_as_it_was() -> None:
    before = parse_edit('{"captions": {"style": "bounce"}, "effects": [{"kind": "hook_title"}]}')
    after = amend(before, {"captions.size": "0.8"})
    assert (after.captions.style, after.captions.size) == (CaptionStyle.bounce, 0.8)
    assert after.effects == before.effects
    assert after.captions.model_fields_set == {"style", "size"}


def test_an_effect_is_taken_out_with_null() -> None:
    edit = amend(Edit(effects=(HookTitle(), ProgressBar())), {"effects.hook_title": "null"})
    assert edit.effects == (ProgressBar(),)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("captions.glow", "3", "captions.glow"),
        ("captions.style", "shouting", "captions.style"),
        ("captions.size.x", "1", "captions.size.x"),
        ("", "1", ": "),
    ],
)
def test_a_wrong_path_or_value_is_named(path: str, value: str, told: str) -> None:
    with pytest.raises(InvalidInput, match="can not be used") as failure:
        amend(Edit(), {"captions.size": "1", path: value})
    assert failure.value.code is ErrorCode.edit_invalid
    assert told in failure.value.message

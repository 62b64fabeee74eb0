"""What nobody named is not written down."""

from cliply.domain.captions import CaptionSettings
from cliply.domain.editing import CutSettings, Edit
from cliply.domain.effects import HookTitle, ProgressBar
from cliply.domain.timing import TimeRange
from cliply.domain.written import as_written


def test_a_field_that_is_not_named_stays_unnamed() -> None:
    usual = "#FFFFFF"
    named = Edit(captions=CaptionSettings(text_colour=usual))

    assert as_written(Edit()) == {}
    assert as_written(named) == {"captions": {"text_colour": usual}}
    again = Edit.model_validate(as_written(named))
    assert again.captions.model_fields_set == {"text_colour"}


def test_an_effect_is_told_by_its_kind_even_when_made_in_code() -> None:
    edit = Edit(effects=(HookTitle(), ProgressBar(at_top=True)))

    assert as_written(edit) == {
        "effects": [{"kind": "hook_title"}, {"kind": "progress_bar", "at_top": True}]
    }
    assert Edit.model_validate(as_written(edit)) == edit


def test_spans_and_empty_lists_are_kept() -> None:
    span = TimeRange(start_ms=1, end_ms=5)
    edit = Edit(base_cut=CutSettings(keep=(span,), cut=()), effects=())

    assert as_written(edit) == {
        "base_cut": {"keep": [{"start_ms": 1, "end_ms": 5}], "cut": []},
        "effects": [],
    }

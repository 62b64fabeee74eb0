import pytest

from cliply.errors import InvalidInput
from tests.media.effects.drawn import at, clip, planned

HOOK = {"effects": [{"kind": "hook_title"}]}


def lower_third(**more: int) -> dict:
    return {"brand": {"lower_third": {"title": "Ada", **more}}}


def test_the_hook_title_is_the_clips_title_over_its_first_seconds():
    title = planned(HOOK, clip((0, 300), intro=30), title="Why bees dance").title
    assert title is not None
    assert (title.text, title.span) == ("Why bees dance", at(1000, 5000))


def test_a_title_of_its_own_wins():
    edit = {"effects": [{"kind": "hook_title", "text": "Look", "duration_ms": 3000}]}
    title = planned(edit, clip((0, 300))).title
    assert title is not None
    assert (title.text, title.span) == ("Look", at(0, 3000))


def test_a_title_longer_than_the_clip_is_cut_to_it_and_noted():
    spec = planned(HOOK, clip((0, 60)))
    assert spec.title is not None
    assert spec.title.span == at(0, 2000)
    assert spec.notes == ("effects.0 was cut to the clip's 2.0 s.",)


def test_a_clip_without_a_title_needs_one_in_the_edit():
    with pytest.raises(InvalidInput, match=r"effects\.0\.text"):
        planned(HOOK, clip((0, 60)), title=" ")


def test_the_lower_third_counts_from_the_intros_end():
    spec = planned(lower_third(start_ms=500, duration_ms=2000), clip((0, 300), intro=30))
    assert spec.lower_third is not None
    assert (spec.lower_third.start_ms, spec.lower_third.duration_ms) == (1500, 2000)


def test_a_lower_third_is_cut_to_the_clip_or_left_out():
    cut = planned(lower_third(start_ms=500), clip((0, 90)))
    assert cut.lower_third is not None
    assert cut.lower_third.duration_ms == 2500
    assert cut.notes == ("brand.lower_third was cut to the clip's end.",)
    late = planned(lower_third(start_ms=2500), clip((0, 90)))
    assert late.lower_third is None
    assert late.notes == ("brand.lower_third was left out: the clip is over before it.",)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.timing import clock
from cliply.selection.titles import make_description, make_hashtags, make_title, slug


@pytest.mark.parametrize(
    "text",
    [
        "And so, um, I went home. Nobody knows this secret about pricing.",
        "well you know nobody knows this secret about pricing",
        "NOBODY KNOWS THIS SECRET ABOUT PRICING",
        ">> [Music] Nobody knows this secret about pricing,",
    ],
)
def test_the_telling_phrase_becomes_the_title(text: str) -> None:
    assert make_title(text, 0) == "Nobody knows this secret about pricing"


def test_a_question_keeps_its_mark() -> None:
    assert make_title("We talked. Why is the sea salty?", 0) == "Why is the sea salty?"


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    text = (
        "When the company nearly went bankrupt in the spring, "
        "the founder sold his own house to pay the people who had stayed, and it worked."
    )

    title = make_title(text, 0)

    assert title == "When the company nearly went bankrupt in the spring"


def test_unpunctuated_captions_give_a_phrase_that_ends_well() -> None:
    text = "so i went to the store and the worst mistake of my whole life was that i never asked"

    title = make_title(text, 0)

    assert title == "The worst mistake of my whole life"


@pytest.mark.parametrize("text", ["", "  ", "[Applause]", "um, uh, and so", "♪"])
def test_without_telling_words_the_title_is_the_time(text: str) -> None:
    assert make_title(text, 83_500) == "Moment at 1:23"


def test_clocks_show_hours_from_an_hour_on() -> None:
    assert [clock(5_000), clock(3_723_000)] == ["0:05", "1:02:03"]


@given(st.text(max_size=300))
def test_a_title_fits_its_line(text: str) -> None:
    title = make_title(text, 0)

    assert 0 < len(title) <= 60
    assert "\n" not in title
    assert title == title.strip()
    assert not title.endswith(",")


@given(st.text(max_size=200))
def test_a_slug_is_safe_as_a_file_name(title: str) -> None:
    name = slug(title)

    assert 0 < len(name) <= 48
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")
    assert not name.endswith("-")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why didn't we ask?", "why-didnt-we-ask"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ünïcödé: café", "unicode-cafe"),
        ("日本語", "clip"),
        ("a" * 80, "a" * 48),
        ("x" * 46 + " y", "x" * 46 + "-y"),
        ("x" * 46 + " yz", "x" * 46),
    ],
)
def test_slugs_are_cut_at_a_word(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_a_description_is_the_telling_sentence_with_its_neighbours_in_order() -> None:
    dull = "We walked along the river and looked at boats for most of the afternoon."
    text = " ".join([dull, dull, "Nobody knows this secret about pricing!", dull, dull])

    assert make_description(text) == f"Nobody knows this secret about pricing! {dull} {dull}"


def test_a_description_of_nothing_is_empty() -> None:
    assert make_description("") == make_description("[Music] ♪") == ""


@given(st.text(max_size=600))
def test_a_description_fits_and_has_no_line_breaks(text: str) -> None:
    description = make_description(text)

    assert len(description) <= 200
    assert description == " ".join(description.split())


def test_a_title_prefers_the_terms_it_is_given() -> None:
    text = "We talked for a long time about cooking. We talked for a long time about turbines."

    assert make_title(text, 0, {"turbines": 1.0}).endswith("turbines")
    assert make_title(text, 0, {"cooking": 1.0}).endswith("cooking")


def test_hashtags_are_names_and_frequent_terms() -> None:
    text = (
        "We asked Mara Lindt about bees. A bee dances, and the bees near the Golden Gate Bridge "
        "dance longer. I never knew that."
    )

    tags = make_hashtags(text)

    assert {"maralindt", "bees", "goldengatebridge"} <= set(tags[:4])
    assert not {"about", "never", "that", "knew"} & set(tags[:3])
    assert len(tags) <= 5


@pytest.mark.parametrize(
    ("text", "language", "tag"),
    [
        ("Das Salz im Meer kommt aus den Flüssen, und das Salz bleibt im Meer.", "de", "salz"),
        ("Le prix du pain monte, et le pain manque dans la boulangerie.", "fr", "pain"),
    ],
)
def test_hashtags_of_other_languages_leave_their_stop_words_out(
    text: str, language: str, tag: str
) -> None:
    tags = make_hashtags(text, language)

    assert tag in tags[:2]
    assert not {"und", "dans", "kommt", "aus"} & set(tags)


@given(st.text(max_size=300))
def test_hashtags_are_few_lower_case_words(text: str) -> None:
    tags = make_hashtags(text)

    assert len(tags) <= 5
    assert len(set(tags)) == len(tags)
    assert all(tag.isalnum() and tag == tag.lower() for tag in tags)

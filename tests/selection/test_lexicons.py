import pytest

from cliply.selection.keywords import TriggerKind, find_triggers, fresh_weights
from cliply.selection.lexicon import normalise, stem
from cliply.selection.lexicons import LEXICONS, UNKNOWN, lexicon_of


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "price prices priced pricing Pricing, price's"),
        ("en", "running run runs"),
        ("en", "city cities"),
        ("en", "bee bees Bees!"),
        ("de", "Preis Preise Preisen Preises"),
        ("fr", "économie économies Economie"),
        ("es", "precio precios PRECIO"),
        ("it", "prezzo prezzi"),
        ("pt", "preço preços preco"),
        ("sw", "bei Bei bei,"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, forms: str) -> None:
    assert len({stem(form, lexicon_of(language)) for form in forms.split()}) == 1


@pytest.mark.parametrize("pair", ["price pride", "string strong", "thing think", "king keen"])
def test_other_words_have_other_stems(pair: str) -> None:
    one, other = (stem(word, lexicon_of("en")) for word in pair.split())

    assert one != other


def test_a_language_is_known_by_its_tag_and_an_unknown_one_has_no_words() -> None:
    assert lexicon_of("pt-BR") is LEXICONS["pt"]
    assert lexicon_of("und") is LEXICONS["en"]
    assert lexicon_of("sw") is UNKNOWN


@pytest.mark.parametrize("language", sorted(LEXICONS))
def test_a_lexicon_is_written_as_words_are_compared(language: str) -> None:
    lexicon = LEXICONS[language]
    strong, phrases = lexicon.strong or {}, lexicon.phrases or {}

    for word in [*lexicon.stopwords, *lexicon.continuations, *strong, *lexicon.number_words]:
        assert normalise(word) == word
    for phrase, weight in phrases.items():
        assert len(phrase) in (2, 3)
        assert [normalise(word) for word in phrase] == list(phrase)
        assert 0 < weight <= 1
    assert all(0 < weight <= 1 for weight in strong.values())


def test_other_languages_have_strong_words_of_their_own() -> None:
    words = ["Das", "ist", "ein", "Geheimnis,", "und", "niemand", "kennt", "die", "3", "Millionen."]

    hits = find_triggers(words, lexicon_of("de"))

    assert [(hit.text, hit.kind) for hit in hits] == [
        ("geheimnis", TriggerKind.strong),
        ("niemand", TriggerKind.strong),
        ("3", TriggerKind.number),
        ("millionen", TriggerKind.number),
    ]


def test_the_tenth_number_of_a_list_weighs_a_tenth() -> None:
    words = [f"{number}" for number in range(1, 11)]
    hits = find_triggers(words, lexicon_of("en"))

    quick = fresh_weights(hits, [index * 1_000 for index in range(10)])
    slow = fresh_weights(hits, [index * 20_000 for index in range(10)])

    assert quick[9] == pytest.approx(quick[0] / 10)
    assert slow == [slow[0]] * 10

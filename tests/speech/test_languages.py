import pytest

from cliply.speech.languages import SMALL_WORDS, guess_language, written_language

TEXTS = {
    "en": "And so, my fellow Americans, ask not what your country can do for you.",
    "de": "Er lag auf dem harten Rücken und sah, wenn er den Kopf ein wenig hob, die Decke, "
    "auf der es nicht mehr hielt.",
    "fr": "Longtemps, je me suis couché de bonne heure, et mes yeux se fermaient si vite que "
    "je n'avais pas le temps de me le dire.",
    "es": "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo "
    "que vivía un hidalgo.",
    "pt": "Não sei se você já viu isso, mas eu acho que é uma coisa muito boa para todos.",
    "it": "Nel mezzo del cammin di nostra vita mi ritrovai per una selva oscura, che la "
    "diritta via era smarrita.",
    "nl": "Ik ben makelaar in koffie, en het is mijn gewoonte niet om zulke dingen te schrijven "
    "op de vroege ochtend.",
    "ja": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "zh": "话说天下大势分久必合合久必分周末七国分争并入于秦及秦灭之后",
    "ko": "동해물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert guess_language(TEXTS[language].split()) == language


@pytest.mark.parametrize("text", ["", "Yes.", "no no no no no no no no no no no no no", "1 2 3"])
def test_too_little_text_tells_nothing(text: str) -> None:
    assert guess_language(text.split()) is None


def test_a_language_that_is_named_counts() -> None:
    assert written_language("en", TEXTS["de"].split()) == "en"
    assert written_language("und", TEXTS["de"].split()) == "de"
    assert written_language(None, ()) is None


def test_each_list_has_twenty_different_words() -> None:
    for small in SMALL_WORDS.values():
        assert len(small.split()) == len(set(small.split())) >= 20

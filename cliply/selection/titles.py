"""Titles and descriptions made from the words that are said, and file names made from titles."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from cliply.domain.timing import clock
from cliply.selection.hashtags import make_hashtags
from cliply.selection.keywords import find_triggers
from cliply.selection.lexicon import normalise, vocabulary
from cliply.selection.lexicons import lexicon_of

__all__ = ["make_description", "make_hashtags", "make_title", "slug"]

TITLE_LENGTH = 60
"""Most characters of a title; longer ones are cut off by players and platforms."""
DESCRIPTION_LENGTH = 200
"""Most characters of a description."""
SLUG_LENGTH = 48
PHRASE_WORDS = 9
"""Words of a phrase in a text without punctuation."""

NO_TERMS: Mapping[str, float] = {}
_ENGLISH = lexicon_of("en")
_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|[♪♫]+|>>+|\s-\s|^-\s")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)]*\s+")
_CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+|\s+[–—]\s+")
_FILLERS = vocabulary("um uh er ah oh hmm well okay ok yeah right anyway like now")
_FILLER_PHRASES = ("you know", "i mean", "sort of", "kind of", "of course", "i think", "i guess")
_VAGUE = vocabulary("it that this they he she these those there its it's that's")
_WEAK_STARTS = vocabulary("of be been has had than")
_WEAK_ENDS = vocabulary(
    """
    a an the and or but so of to in on at by for from with as is are was were be that which
    who if my your our their his her its this these those not very i we you he she it they
    """
)


def make_title(text: str, start_ms: int, terms: Mapping[str, float] = NO_TERMS) -> str:
    """The most telling phrase of what is said, at most `TITLE_LENGTH` characters.

    `terms` are words that it should have and how much each of them counts.

    Lines of the text are utterances; a phrase does not run from one into the next.
    A text without any telling words gives `Moment at 1:23`, after the time the clip starts.
    """
    lines = (_ANNOTATION.sub(" ", line).strip() for line in text.splitlines())
    phrases = (_tidied(phrase) for line in lines for phrase in _phrases(line))
    worthy = [phrase for phrase in phrases if len(phrase) >= 3]
    if not worthy:
        return f"Moment at {clock(start_ms)}"
    return _as_headline(max(worthy, key=lambda phrase: _tellingness(phrase, terms)))


def make_description(text: str) -> str:
    """The most telling sentence with those around it, at most `DESCRIPTION_LENGTH` characters.

    Sentences stay in their order and whole; a single longer one ends in `…` after a word.
    A text without any words gives an empty description.
    """
    sentences = [
        sentence
        for line in text.splitlines()
        for sentence in _SENTENCE_END.split(" ".join(_ANNOTATION.sub(" ", line).split()))
        if any(map(str.isalnum, sentence))
    ]
    if not sentences:
        return ""
    first = max(range(len(sentences)), key=lambda index: _tellingness(sentences[index]))
    end = first + 1
    while end < len(sentences) and _fits(sentences[first : end + 1]):
        end += 1
    while first > 0 and _fits(sentences[first - 1 : end]):
        first -= 1
    return _shortened(" ".join(sentences[first:end]))


def slug(title: str) -> str:
    """A file name's middle: `[a-z0-9-]`, 1 to `SLUG_LENGTH` characters, hyphens inside only."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(words) > SLUG_LENGTH:
        words = words[: SLUG_LENGTH + 1].rpartition("-")[0] or words[:SLUG_LENGTH]
    return words or "clip"


def _fits(sentences: list[str]) -> bool:
    return len(" ".join(sentences)) <= DESCRIPTION_LENGTH


def _shortened(text: str) -> str:
    """Cut after a word, with an ellipsis, where it is too long."""
    if len(text) > DESCRIPTION_LENGTH:
        text = text[:DESCRIPTION_LENGTH].rpartition(" ")[0] or text[: DESCRIPTION_LENGTH - 1]
        text = text.rstrip(" ,;:–—-") + "…"
    return text[:1].upper() + text[1:]


def _phrases(text: str) -> Iterator[str]:
    """Sentences that fit a title, the clauses of longer ones, and pieces of unpunctuated speech."""
    for sentence in _SENTENCE_END.split(text):
        if len(sentence) <= TITLE_LENGTH and _is_ended(sentence):
            yield sentence
            continue
        for clause in _joined(_CLAUSE_END.split(sentence)):
            yield from [clause] if len(clause) <= TITLE_LENGTH else _pieces(clause.split())


def _is_ended(sentence: str) -> bool:
    return sentence.rstrip("\"'”’) ").endswith((".", "!", "?", "…", "。", "！", "？"))


def _joined(clauses: list[str]) -> Iterator[str]:
    """Neighbouring clauses together as long as they fit."""
    together = ""
    for clause in clauses:
        if together and len(together) + 1 + len(clause) > TITLE_LENGTH:
            yield together
            together = ""
        together = f"{together} {clause}".strip()
    yield together


def _pieces(words: list[str]) -> Iterator[str]:
    """Phrases of unpunctuated speech: up to the next conjunction or `PHRASE_WORDS`."""
    piece: list[str] = []
    for word in words:
        leans = normalise(word) in _ENGLISH.continuations and len(piece) >= 4
        if leans or len(piece) == PHRASE_WORDS:
            yield " ".join(piece)
            piece = []
        piece.append(word)
    yield " ".join(piece)


def _tidied(phrase: str) -> str:
    """Without fillers and conjunctions in front and without loose ends, cut to length."""
    words = phrase.split()
    loose = (
        _FILLERS
        | _ENGLISH.continuations
        | (frozenset() if _is_ended(phrase) else _WEAK_STARTS)
        | {""}
    )
    while words and normalise(words[0]) in loose:
        words.pop(0)
    lead = " ".join(normalise(word) for word in words[:2])
    if lead in _FILLER_PHRASES:
        return _tidied(" ".join(words[2:]))
    was_cut = len(" ".join(words)) > TITLE_LENGTH
    while len(words) > 1 and len(" ".join(words)) > TITLE_LENGTH:
        words.pop()
    while len(words) > 1 and (was_cut or not _is_ended(words[-1])) and _is_weak(words[-1]):
        words.pop()
    return " ".join(words)[:TITLE_LENGTH].rstrip(" ,;:–—-")


def _is_weak(word: str) -> bool:
    return normalise(word) in _WEAK_ENDS


def _tellingness(phrase: str, terms: Mapping[str, float] = NO_TERMS) -> float:
    """More for triggers, content words and a full line; less for a vague beginning."""
    words = phrase.split()
    triggers = sum(hit.weight for hit in find_triggers(words, _ENGLISH))
    content = sum(len(word) >= 4 and normalise(word) not in _ENGLISH.stopwords for word in words)
    vague = normalise(words[0]) in _VAGUE
    brief = max(0, 4 - len(words)) if len(phrase) < 12 else 0
    fullness = 0.3 * min(content, 6) + 0.1 * min(len(words), 8)
    named = sum(terms.get(normalise(word), 0.0) for word in dict.fromkeys(words)) if terms else 0.0
    return named + triggers + fullness + 0.3 * _is_ended(phrase) - 0.5 * vague - 0.5 * brief


def _as_headline(phrase: str) -> str:
    """Capitalised; shouted text is calmed down, the final full stop goes, `?` and `!` stay."""
    calm = phrase.lower() if phrase.isupper() and len(phrase.split()) > 2 else phrase
    calm = re.sub(r"\bi\b(?=$|['’ ,.?!])", "I", calm).strip('"“”‘ ')
    if not calm.endswith(("...", "…")):
        calm = calm.rstrip(".,;:–—- ")
    return calm[:1].upper() + calm[1:]

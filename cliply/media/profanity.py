"""Words that many people do not want to read, and how they are masked."""

import re
import unicodedata
from functools import lru_cache

ENGLISH = """
fuck fucks fucked fucker fuckers fuckin fucking fuckery fuckface fuckhead fuckup fuckups
motherfuck motherfucker motherfuckers motherfuckin motherfucking clusterfuck unfuck
shit shits shitty shittier shittiest shitting shitter shithead shitheads shithole shitholes
shitshow bullshit bullshits bullshitting bullshitter horseshit dipshit dipshits apeshit batshit
bitch bitches bitched bitchy bitching bitchin cunt cunts cunty twat twats
ass asses asshole assholes asshat dumbass dumbasses jackass jackasses smartass badass arse arses
arsehole arseholes bastard bastards bollocks bugger buggers
dickhead dickheads cocksucker cocksuckers cocksucking prick pricks
piss pisses pissed pissing pisser pussy pussies slut sluts slutty whore whores
wank wanks wanker wankers wanking tosser tossers goddamn goddamned goddammit
faggot faggots nigger niggers nigga niggas
"""

GERMAN = """
scheiße scheiß scheißt scheißen geschissen beschissen beschissene beschissener scheißer
arsch ärsche arschloch arschlöcher arschgeige fotze fotzen wichser wichsen hurensohn hurensöhne
fick ficken fickt ficker gefickt verfickt verfickte verfickter verficktes verfickten
schlampe schlampen nutte nutten missgeburt pisser verpiss
"""

SPANISH = """
mierda mierdas puta putas puto putos putada joder jodido jodida jodidos jodidas coño coños
cabrón cabrones cabrona gilipollas pendejo pendejos pendeja pendejas chinga chingar chingada
chingado verga vergas hijoputa hijueputa culero culeros
"""

FRENCH = """
merde merdes merdique putain putains pute putes connard connards connasse connasses salope
salopes salopard enculé enculée enculés enculer foutre niquer nique niqué
"""
"""Whole words only. Words that are also names or plain words of a listed language (`Dick`,
`con`, `polla`) are left out."""

VOWELS = frozenset("aeiouyáàâäéèêëíìîïóòôöúùûü")
MASK = "*"

LETTERS = re.compile(r"[^\W\d_]+")


def is_profane(word: str) -> bool:
    """Whether a spoken word, or a part of it between marks, stands in the dictionary.

    Case, punctuation and hyphens do not matter; a word inside a longer word is no hit.
    """
    return any(_is_listed(part) for part in LETTERS.findall(_composed(word)))


def masked(word: str) -> str:
    """The word with stars for the vowels of its profane parts: `Sh*t!`; others unchanged."""
    if not is_profane(word):
        return word
    return LETTERS.sub(lambda found: _starred(found.group()), _composed(word))


def _starred(part: str) -> str:
    """Stars for all vowels but a first letter; for the second letter where there are none."""
    if not _is_listed(part):
        return part
    tail = "".join(MASK if letter.casefold() in VOWELS else letter for letter in part[1:])
    return part[0] + (tail if MASK in tail else MASK + tail[1:])


def _is_listed(part: str) -> bool:
    return part.casefold() in _dictionary()


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


@lru_cache(maxsize=1)
def _dictionary() -> frozenset[str]:
    words = f"{ENGLISH} {GERMAN} {SPANISH} {FRENCH}".split()
    return frozenset(_composed(word).casefold() for word in words)

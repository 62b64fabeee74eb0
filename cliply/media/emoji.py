"""Emoji beside words of a dictionary."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from cliply.domain.captions import Cue, CueWord

DICTIONARY = """
🔥 fire hot burning lit feuer fuego feu
💰 money cash rich wealth dollars profit geld dinero argent
📈 growth grow growing increase wachstum crecer croissance
📉 crash drop losses
🚀 launch launched rocket startup skyrocket
❤ love loved loving heart liebe amor amour
😂 funny hilarious laugh laughed laughing joke lustig
😢 sad cry cried crying tears traurig triste
😡 angry furious rage wütend
😱 shocking shocked scary terrifying
😴 sleep sleepy sleeping tired schlafen
🤯 insane unbelievable crazy verrückt
🤔 think thinking wonder wondering question denken
💡 idea ideas insight tip idee idée
🧠 brain mind smart intelligence gehirn cerebro cerveau
🎯 goal goals target focus focused ziel objetivo objectif
🏆 win winner winning won champion victory trophy
💪 strong strength muscle muscles workout gym stark fuerte
🏃 run running runner
⏰ time clock deadline hour hours zeit tiempo temps
📅 calendar schedule
📱 phone smartphone iphone app handy
💻 computer laptop code coding software programming
🤖 robot robots ai
🌍 world earth planet global welt mundo monde
☀ sun sunny sunshine sonne soleil
🌙 moon night mond luna lune
⭐ star stars amazing awesome
🌧 rain rainy raining regen lluvia pluie
❄ snow cold winter schnee nieve neige
🌊 ocean sea wave waves
🌳 tree trees forest nature
🐶 dog dogs puppy hund perro chien
🐱 cat cats kitten katze gato chat
🍕 pizza
🍔 burger burgers
☕ coffee kaffee café
🍺 beer bier cerveza bière
🎂 birthday cake geburtstag
🎉 party celebrate celebration congratulations
🎁 gift gifts present
🎵 music song songs musik música musique
🎤 podcast microphone interview
🎬 movie movies film films video videos
📷 camera photo photos picture
📚 book books read reading study buch libro livre
🏠 home house haus casa maison
🚗 car cars auto coche voiture
✈ plane flight travel travelling traveling
👀 look looking watch see
👂 listen listening
👋 hello hi bye goodbye hallo hola bonjour
👏 bravo applause
🙏 thanks thank please danke gracias merci
🤝 deal agreement partner partners
👑 king queen
👶 baby
✅ yes correct done right
❌ no wrong never
⚠ warning danger dangerous careful
🛑 stop
🔑 key secret
🔒 security secure password
💥 boom explosion exploded
💯 perfect hundred
"""
"""Each line an emoji and the words it stands beside. All are drawn by Noto Emoji."""

TRIMMED = "\"'“”‘’«»„().,;:!?…¡¿"

QUIET = frozenset(
    (
        "no",
        "yes",
        "see",
        "look",
        "time",
        "right",
        "think",
        "read",
        "key",
        "run",
        "never",
        "done",
        "please",
        "mind",
        "watch",
        "stop",
        "present",
        "world",
        "home",
        "goal",
    )
)
"""Words so common that they get one only where they stand alone in their cue."""


def with_emoji(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Cues with an emoji after the first word of each that the dictionary has.

    At most one in a cue, none where a person has put one, and not the one before again.
    """
    dressed, last = [], ""
    for cue in cues:
        number, emoji = _found(cue)
        if emoji and emoji != last and not has_emoji(cue.text):
            cue = cue.model_copy(update={"words": _decorated(cue.words, number, emoji)})
            last = emoji
        dressed.append(cue)
    return tuple(dressed)


def has_emoji(text: str) -> bool:
    """Whether a text has a pictograph in it."""
    return any(unicodedata.category(letter) == "So" for letter in text)


def _found(cue: Cue) -> tuple[int, str]:
    for number, word in enumerate(cue.words):
        plain = word.text.strip(TRIMMED).casefold()
        if plain in _emoji_of() and (plain not in QUIET or len(cue.words) == 1):
            return number, _emoji_of()[plain]
    return 0, ""


def _decorated(words: Sequence[CueWord], number: int, emoji: str) -> tuple[CueWord, ...]:
    word = words[number]
    with_it = CueWord(text=f"{word.text} {emoji}", span=word.span)
    return (*words[:number], with_it, *words[number + 1 :])


@lru_cache(maxsize=1)
def _emoji_of() -> dict[str, str]:
    rows = (line.split() for line in DICTIONARY.strip().splitlines())
    return {word.casefold(): emoji for emoji, *words in rows for word in words}

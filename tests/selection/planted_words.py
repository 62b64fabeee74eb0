"""What is said in planted talks: dull sentences, and those of the moments worth cutting."""

import numpy as np

SUBJECTS = (
    ("gardener", "seedling", "greenhouse", "compost", "watering", "trellis", "hedge", "soil"),
    ("carpenter", "plank", "workbench", "chisel", "varnish", "drawer", "joint", "sawdust"),
    ("sailor", "harbour", "mooring", "canvas", "compass", "anchor", "deck", "channel"),
    ("baker", "dough", "oven", "flour", "yeast", "counter", "crust", "basket"),
    ("librarian", "catalogue", "shelf", "binding", "index", "archive", "label", "chapter"),
    ("surveyor", "boundary", "tripod", "meadow", "contour", "marker", "valley", "footpath"),
    ("tailor", "fabric", "lining", "collar", "thimble", "pattern", "button", "stitch"),
    ("engineer", "turbine", "pipe", "valve", "pump", "gauge", "bearing", "flange"),
)
"""Words of a section of a talk, the person first."""

FRAMES = (
    "the {0} put the {1} beside the {2} and went on with the {3}.",
    "after lunch we looked at the {1} and at the {2} for a while.",
    "there is a {1} near the {2}, and the {0} uses it now and then.",
    "some of the {1} comes from the same place as the {2}.",
    "in the morning the {0} carries the {1} over to the {2}.",
    "and then the {2} goes back to the {3} until the next week.",
    "we have a {1}, a {2} and a {3} in the room over there.",
    "so the {0} writes the {1} into the book with the {2}.",
    "the {3} is about as wide as the {1} on the left side.",
    "you can see the {2} from the door when the {1} is open.",
    "the {0} said that the {1} was a little longer than the {3}.",
    "usually the {2} is brown and the {3} is grey.",
)
SEASONED = (
    "it was nice to see the {1} again after the winter.",
    "the {0} was a bit worried about the {2} at that time.",
    "I like the {3} because the {1} is good for the {2}.",
    "that was a problem for the {0}, but the {1} was fine.",
    "how the {1} gets to the {2} is in the second part.",
    "the first {1} is always on the left of the {2}.",
    "we must keep the {3} near the {2}.",
    "should the {0} move the {1} to the {2}?",
    "there were 40 of them on the {3} that day.",
    "the {0} never takes the {1} to the {3} in autumn.",
)
"""Ordinary sentences in which a trigger or some mood occurs, as in any talk."""
LIST = (
    "item {n} is the {1} and item {m} is the {2}.",
    "number {n} on the list is the {3}.",
    "the first one is the {1}, the last one is the {2}.",
    "page {n}, line {m}, the {3}.",
)
HOOKS = (
    "why did nobody ever warn us about this mistake?",
    "the truth is that I lost a million dollars in one night.",
    "guess what, the worst lie was the one I told myself.",
    "it sounds insane, but the biggest secret is how little it costs.",
    "and that is the craziest trick that anybody ever showed me.",
    "turns out the proof was hidden in plain sight for years.",
    "I was wrong, and it was the most dangerous mistake of my life.",
    "what if I told you that everything about it was a myth?",
)
BRIGHT = (
    "it was a wonderful summer and the children were happy and laughing.",
    "we felt so grateful and proud, and the whole village celebrated with joy.",
    "everything smelled lovely and my mother smiled with delight.",
    "the evenings were beautiful and we enjoyed the sweet music together.",
)
DARK = (
    "in september the flood came and destroyed the house in a horrible night.",
    "my brother was badly injured and we cried in despair.",
    "the neighbours suffered terribly and the sad funerals went on for weeks.",
    "it was an awful, painful and lonely winter full of grief.",
)


def dull(rng: np.random.Generator, subject: int, seasoning: float = 0.16) -> str:
    """A sentence of an ordinary minute of the talk."""
    frames = SEASONED if rng.random() < seasoning else FRAMES
    return _filled(rng, frames, subject)


def listed(rng: np.random.Generator, subject: int) -> str:
    """A sentence of a list that somebody reads out."""
    return _filled(rng, LIST, subject)


def some(rng: np.random.Generator, sentences: tuple[str, ...], count: int) -> list[str]:
    """Different ones, in any order."""
    return [sentences[i] for i in rng.choice(len(sentences), count, replace=False)]


def _filled(rng: np.random.Generator, frames: tuple[str, ...], subject: int) -> str:
    person, *things = SUBJECTS[subject]
    names = [person, *(things[i] for i in rng.choice(len(things), 3, replace=False))]
    frame = frames[int(rng.integers(len(frames)))]
    return frame.format(*names, n=int(rng.integers(1, 90)), m=int(rng.integers(1, 90)))

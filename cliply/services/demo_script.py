"""What is said in the demo talk, by whom, and what the camera shows meanwhile."""

from dataclasses import dataclass

from cliply.media.demo_stage import ShotKind

MARA, THEO = 0, 1
"""The speakers, in the order in which they sit."""


@dataclass(frozen=True)
class Line:
    """Something said in one breath, and the shot that begins with it."""

    speaker: int
    shot: ShotKind
    text: str
    pause_ms: int = 350
    """Silence after it."""
    is_loud: bool = False
    """Shouted, with a room full of people cheering under it."""
    slide: tuple[str, ...] = ()
    """Heading and lines, for a slide."""


_WIDE, _MARA, _THEO, _SLIDE = ShotKind.wide, ShotKind.first, ShotKind.second, ShotKind.slide

DEMO_SCRIPT = (
    Line(MARA, _WIDE, "Welcome back to the workshop. I'm Mara, and I have kept bees for 19 years."),
    Line(
        THEO, _WIDE, "And I'm Theo. I have kept bees for 19 days, and I have been stung 11 times."
    ),
    Line(
        MARA, _MARA, "So let's begin with the question everybody asks. Who is in charge of a hive?"
    ),
    Line(THEO, _THEO, "Easy. The queen! She is called the queen, after all."),
    Line(
        MARA,
        _MARA,
        "Wrong. The queen decides nothing. She lays up to 2000 eggs a day, and that is"
        " her whole job.",
        600,
    ),
    Line(
        MARA,
        _MARA,
        "The most important decisions in a hive are made by a vote. And the voters dance.",
    ),
    Line(THEO, _THEO, "Wait. You want me to believe that insects hold elections?"),
    Line(
        MARA,
        _WIDE,
        "Every spring! When a colony grows too large, half of it leaves, and 10000 bees"
        " hang in a tree without a home.",
    ),
    Line(
        MARA,
        _SLIDE,
        "A few hundred scouts fly out and look for a hollow tree. Each scout comes back"
        " and dances for the place she found.",
        400,
        slide=(
            "How a swarm votes",
            "Scouts look for a home",
            "Good news is danced longer",
            "Thirty in one place: decided",
        ),
    ),
    Line(
        MARA,
        _SLIDE,
        "The better the place, the longer the dance. And when about 30 scouts meet at"
        " the same hole, the vote is over.",
        900,
        slide=(
            "How a swarm votes",
            "Scouts look for a home",
            "Good news is danced longer",
            "Thirty in one place: decided",
        ),
    ),
    Line(
        THEO,
        _THEO,
        "That is incredible. Nobody gives an order, and still they nearly always pick"
        " the best home.",
    ),
    Line(MARA, _MARA, "Now, um, here is my favourite part. The dance is a map."),
    Line(
        MARA,
        _MARA,
        "The angle of the dance is the angle to the sun. And every second of waggling"
        " means roughly 1 kilometre of flight.",
    ),
    Line(THEO, _THEO, "So if she waggles for 3 seconds, straight up, what does she say?"),
    Line(MARA, _WIDE, "Fly towards the sun, for 3 kilometres. You just read your first bee!", 700),
    Line(THEO, _THEO, "I hate how much I love this. What else can they do?"),
    Line(
        MARA,
        _MARA,
        "They can learn human faces. Show a bee a photograph with a drop of sugar, and"
        " she finds that face again days later.",
    ),
    Line(THEO, _THEO, "Great. Then those 11 stings were personal.", 800),
    Line(
        MARA,
        _WIDE,
        "Time for the bet. If you win, the honey is yours. How many flowers does it take"
        " to make one jar of honey?",
    ),
    Line(THEO, _THEO, "Uh, let me think. A jar is half a kilo. I say, 2 million flowers.", 700),
    Line(
        MARA,
        _MARA,
        "2 million is exactly right! I don't believe it! Theo wins the honey!",
        1800,
        is_loud=True,
    ),
    Line(THEO, _WIDE, "Yes! 19 days, ladies and gentlemen!"),
    Line(
        MARA,
        _MARA,
        "Now the sad number. A single worker makes one twelfth of a teaspoon of honey."
        " Not in a day. In her whole life.",
    ),
    Line(
        THEO,
        _THEO,
        "One twelfth of a teaspoon? Then I will never leave honey in the jar again.",
        600,
    ),
    Line(
        MARA,
        _SLIDE,
        "And she does far more than honey. 3 out of 4 of our food crops need a visitor like her.",
        400,
        slide=("Without pollinators", "No almonds", "Hardly any apples", "Very little chocolate"),
    ),
    Line(
        MARA,
        _SLIDE,
        "No bees means no almonds, hardly any apples, and very little chocolate.",
        900,
        slide=("Without pollinators", "No almonds", "Hardly any apples", "Very little chocolate"),
    ),
    Line(THEO, _THEO, "Hold on. Chocolate? Why does nobody start with the chocolate?"),
    Line(
        MARA,
        _MARA,
        "Because it is a tiny fly that does the work there. But the rule is the same."
        " Small wings feed the world.",
    ),
    Line(
        THEO,
        _WIDE,
        "So what can I do, without a garden and without, er, being stung a twelfth time?",
    ),
    Line(
        MARA,
        _MARA,
        "Three things. Plant one pot of thyme. Leave a corner of the lawn alone. And"
        " never, ever, spray at noon.",
    ),
    Line(THEO, _THEO, "One pot, one corner, no spray. Even I can remember that.", 600),
    Line(
        MARA,
        _WIDE,
        "Next week we open a hive at night, and you will hear a queen sing. Until then,"
        " be kind to small things.",
    ),
    Line(THEO, _WIDE, "And bring a spoon!", 900),
)
"""About three minutes; the fillers and the pauses are meant."""

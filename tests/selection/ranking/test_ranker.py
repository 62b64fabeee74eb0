"""Providers are asked in their order, and whatever they do there is a ranking."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr

from cliply.domain.candidates import Candidate, ScoreParts
from cliply.domain.ranking import Ranking
from cliply.domain.timing import TimeRange
from cliply.selection.ranking.providers import OutputForm, Provider
from cliply.selection.ranking.ranker import rank
from tests.selection.fake_llm import KEY, MODEL, FakeLlm, Shown, Style, backwards, judged, serving

TEXTS = (
    "Why do bees never get lost? They count nine landmarks on the way home.",
    "Honey never goes bad. Jars from a tomb were still sweet after three thousand years.",
    "My grandfather kept forty hives. One night a bear came, and he fought it with a broom.",
    "A queen lays two thousand eggs a day. That is more than her own weight.",
)
LIMITS = {
    Style.cerebras: "max_completion_tokens",
    Style.groq: "max_completion_tokens",
    Style.together: "max_tokens",
}


def moments(*texts: str) -> tuple[Candidate, ...]:
    """Candidates of 20 s, best first."""
    return tuple(
        Candidate(
            candidate_id=f"m{place:03d}",
            span=TimeRange(start_ms=30_000 * place, end_ms=30_000 * place + 20_000),
            score=max(0.1, 0.8 - place / 10),
            parts=ScoreParts(energy=0.9, keywords=0.7),
            title=f"Own title {place}",
            text=text,
            reason="It is loud.",
        )
        for place, text in enumerate(texts)
    )


def provider(fake: FakeLlm, *, output: OutputForm = "tool", key: str | None = KEY) -> Provider:
    return Provider(
        name=fake.style.value,
        base_url=fake.url,
        model=MODEL,
        key=SecretStr(key) if key else None,
        output=output,
        limit_name=LIMITS[fake.style],  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def running() -> Iterator[dict[Style, FakeLlm]]:
    """One server of each kind."""
    with ExitStack() as stack:
        yield {style: stack.enter_context(serving(FakeLlm(style=style))) for style in Style}


@pytest.fixture
def hosts(running: dict[Style, FakeLlm]) -> dict[Style, FakeLlm]:
    """The servers, in good health and with nothing asked of them yet."""
    for host in running.values():
        host.reset()
    return running


@pytest.fixture
def host(hosts: dict[Style, FakeLlm]) -> FakeLlm:
    return hosts[Style.cerebras]


def ranked(*providers: Provider, max_clips: int = 5, timeout_s: float = 20.0) -> Ranking:
    return rank(moments(*TEXTS), providers, max_clips, timeout_s=timeout_s)


def ids(ranking: Ranking) -> list[str]:
    return [one.candidate_id for one in ranking.items]


BY_SCORE = ["m000", "m001", "m002", "m003"]


def test_without_any_key_the_signals_rank_and_nothing_is_asked(host: FakeLlm) -> None:
    ranking = ranked(
        provider(host, key=None),
        Provider("groq", host.url, None, SecretStr(KEY)),
        Provider("custom", None, MODEL),
    )

    assert ids(ranking) == BY_SCORE
    assert ranking.ranked_by == "signals"
    assert [(one.engine, one.reason) for one in ranking.refusals] == [
        ("cerebras", "no key"),
        ("groq", "no model"),
        ("custom", "no address"),
    ]
    assert (ranking.uses, ranking.is_second_choice, host.headers) == ((), False, [])
    first = ranking.items[0]
    assert (first.virality, first.title) == (0.8, "Own title 0")
    assert first.description
    assert "bees" in first.hashtags


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("output", ["tool", "json"])
def test_every_host_is_asked_in_words_that_it_takes(
    hosts: dict[Style, FakeLlm], style: Style, output: OutputForm
) -> None:
    host = hosts[style]

    ranking = ranked(provider(host, output=output))

    assert host.refused == []
    assert ranking.ranked_by == f"{style} {MODEL}"
    assert ids(ranking) == BY_SCORE[::-1]
    assert ranking.refusals == ()
    best = ranking.items[0]
    assert (best.virality, best.coherence) == (0.9, 0.8)
    assert (best.title, best.hashtags) == ("Why bees never get lost", ("bees", "nature"))
    assert (best.description, best.reason) == ("Bees count landmarks.", "It opens with a question.")
    (asked,) = host.headers
    assert not any(name.lower().startswith("openai-") for name in asked)


def test_a_model_sees_words_lengths_and_signals_and_no_times(host: FakeLlm) -> None:
    ranked(provider(host))

    shown = host.shown()
    assert [one.text for one in shown] == list(TEXTS)
    assert shown[1].head == "20 s; score 0.70, energy 0.90, keywords 0.70"
    prompt = str(host.bodies[0])
    assert not any(told in prompt for told in ("30000", "0:30", "m000", "Own title", "start"))


def test_tokens_and_cost_are_kept(host: FakeLlm) -> None:
    (use,) = ranked(provider(host)).uses

    assert (use.provider, use.model, use.requests) == ("cerebras", MODEL, 1)
    assert (use.input_tokens, use.output_tokens) == (1000, 200)
    assert use.cost_usd == pytest.approx(1000 * 0.35e-6 + 200 * 0.75e-6)


def test_a_model_without_a_listed_price_costs_nothing_that_is_known(
    hosts: dict[Style, FakeLlm],
) -> None:
    (use,) = ranked(provider(hosts[Style.together])).uses

    assert (use.input_tokens, use.cost_usd) == (1000, None)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("401", "failed: status 401, the key was refused"),
        ("404", f"failed: status 404, it has no model {MODEL}"),
        ("429", "failed: status 429, too many requests"),
        ("500", "failed: status 500, server fault"),
        ("503", "failed: status 503, server fault"),
        ("html", "failed: status 502, server fault"),
        ("redirect", "failed: "),
        ("half_body", "failed: "),
        ("hang_up", "failed: not reached, or the connection broke"),
        ("no_choices", "failed: its answer could not be used"),
        ("not_json_type", "failed: its answer could not be used"),
    ],
)
def test_a_host_that_fails_is_passed_over_at_once_and_named(
    hosts: dict[Style, FakeLlm], fault: str, reason: str
) -> None:
    first, second = hosts[Style.cerebras], hosts[Style.groq]
    first.always = fault

    ranking = ranked(provider(first), provider(second))

    assert ranking.ranked_by == f"groq {MODEL}"
    assert ids(ranking) == BY_SCORE[::-1]
    (refusal,) = ranking.refusals
    assert refusal.engine == "cerebras"
    assert refusal.reason.startswith(reason)
    assert len(first.bodies) == 1, "it is not asked again"
    assert ranking.is_second_choice
    told = ranking.model_dump_json()
    assert KEY not in told
    assert "fault 4" not in told, "a host's own words may repeat what it was asked"
    assert [use.provider for use in ranking.uses] == ["cerebras", "groq"]


def test_a_wrong_key_is_told_without_the_key(host: FakeLlm) -> None:
    ranking = ranked(provider(host, key="csk-wrong-0123456789"))

    assert ranking.refusals[0].reason == "failed: status 401, the key was refused"
    assert "0123456789" not in ranking.model_dump_json()
    assert "0123456789" not in repr(provider(host, key="csk-wrong-0123456789"))


def test_a_model_that_the_host_does_not_have_is_named(host: FakeLlm) -> None:
    gone = Provider("cerebras", host.url, "llama-2", SecretStr(KEY))

    assert ranked(gone).refusals[0].reason == "failed: status 404, it has no model llama-2"


@pytest.mark.parametrize("output", ["tool", "json"])
@pytest.mark.parametrize("fault", ["prose", "fenced", "text_instead"])
def test_an_answer_inside_other_text_is_read(host: FakeLlm, fault: str, output: OutputForm) -> None:
    host.faults = [fault]

    assert ids(ranked(provider(host, output=output))) == BY_SCORE[::-1]
    assert len(host.bodies) == 1


@pytest.mark.parametrize(
    "fault", ["nonsense", "bad_arguments", "other_tool", "null_content", "truncated"]
)
def test_an_answer_that_can_not_be_read_is_mended_once(host: FakeLlm, fault: str) -> None:
    host.faults = [fault]

    ranking = ranked(provider(host))

    assert ids(ranking) == BY_SCORE[::-1]
    assert (len(host.bodies), host.refused) == (2, [])
    (use,) = ranking.uses
    assert (use.requests, use.input_tokens) == (2, 2000)


@pytest.mark.parametrize("output", ["tool", "json"])
def test_nonsense_twice_is_enough(hosts: dict[Style, FakeLlm], output: OutputForm) -> None:
    first, second = hosts[Style.cerebras], hosts[Style.together]
    first.always = "nonsense"

    ranking = ranked(provider(first, output=output), provider(second))

    assert ranking.ranked_by == f"together {MODEL}"
    assert ranking.refusals[0].reason == "failed: its answer could not be used"
    assert len(first.bodies) == 2
    assert [(use.requests, use.input_tokens) for use in ranking.uses] == [(2, 2000), (1, 1000)]


def test_when_all_fail_the_signals_rank_and_say_why(hosts: dict[Style, FakeLlm]) -> None:
    for fault, host in zip(("429", "nonsense", "hang_up"), hosts.values(), strict=True):
        host.always = fault

    ranking = ranked(*map(provider, hosts.values()))

    assert ids(ranking) == BY_SCORE
    assert ranking.ranked_by == "signals"
    assert [one.engine for one in ranking.refusals] == ["cerebras", "groq", "together"]
    assert ranking.items[0].title == "Own title 0"


def test_a_host_that_hangs_is_left_in_time(hosts: dict[Style, FakeLlm]) -> None:
    hosts[Style.cerebras].always = "hang"
    began = time.monotonic()

    ranking = ranked(provider(hosts[Style.cerebras]), provider(hosts[Style.groq]), timeout_s=1.0)

    assert time.monotonic() - began < 4
    assert ranking.refusals[0].reason == "failed: timed out after 1 s"
    assert ranking.ranked_by == f"groq {MODEL}"


def test_the_time_for_all_is_bounded_too(hosts: dict[Style, FakeLlm]) -> None:
    for host in hosts.values():
        host.always = "hang"
    began = time.monotonic()

    ranking = rank(
        moments(*TEXTS),
        [*map(provider, hosts.values())],
        5,
        timeout_s=0.4,
        whole_s=0.7,
    )

    assert time.monotonic() - began < 3
    assert [one.reason for one in ranking.refusals] == [
        "failed: timed out after 0.4 s",
        "failed: no time was left",
        "failed: no time was left",
    ]


def test_no_host_is_asked_about_no_candidates(host: FakeLlm) -> None:
    assert rank((), [provider(host)], 5, timeout_s=20) == Ranking()
    assert host.headers == []


def answering(host: FakeLlm, answer: object) -> Ranking:
    host.answers = lambda shown: [
        one if not isinstance(one, tuple) else judged(shown[one[0]].name, **one[1])
        for one in answer
    ]  # type: ignore[union-attr, attr-defined]
    return ranked(provider(host))


def test_moments_that_are_unknown_or_named_twice_or_left_out_do_no_harm(host: FakeLlm) -> None:
    third = (2, {"points": 70})
    again = (2, {"points": 1, "title": "Another title"})

    ranking = answering(host, [judged("k999999"), third, again, judged("m001"), (1, {})])

    assert ids(ranking) == ["m002", "m001", "m000", "m003"]
    assert ranking.items[0].virality == 0.7
    assert ranking.items[2].title == "Own title 0"


def test_times_in_an_answer_move_nothing(host: FakeLlm) -> None:
    moved = (1, {"start_ms": 0, "end_ms": 999_999, "span": [0, 1], "candidate_id": "m003"})

    ranking = answering(host, [moved, (0, {})])

    assert ids(ranking)[:2] == ["m001", "m000"]
    assert "999999" not in ranking.model_dump_json()


@pytest.mark.parametrize("answer", [[], [judged("k000000"), judged("m000")], ["text", 7, None]])
def test_an_answer_that_names_no_moment_is_asked_for_again(host: FakeLlm, answer: object) -> None:
    ranking = answering(host, answer)

    assert ranking.ranked_by == "signals"
    assert len(host.bodies) == 2


def test_points_are_brought_into_their_range(host: FakeLlm) -> None:
    wild = [
        (0, {"points": 9000, "coherence": "87/100"}),
        (1, {"points": -3, "coherence": None}),
        (2, {"points": "high", "coherence": True}),
        (3, {"points": "55%", "coherence": float("inf")}),
    ]

    items = answering(host, wild).items

    assert [one.virality for one in items] == pytest.approx([1.0, 0.0, 0.6, 0.55])
    assert items[0].coherence == 0.87
    assert all(0 <= one.coherence <= 1 for one in items)


def test_points_between_0_and_1_are_taken_as_they_are(host: FakeLlm) -> None:
    ranking = answering(host, [(0, {"points": 0.9, "coherence": 1}), (1, {"points": 0.4})])
    assert ranking.items[0].virality == 0.009, "the other coherence is 80: all are of 100"

    ranking = answering(host, [(0, {"points": 0.9, "coherence": 1})])
    assert (ranking.items[0].virality, ranking.items[0].coherence) == (0.9, 1.0)


def test_only_the_best_are_asked_for_when_there_are_many(host: FakeLlm) -> None:
    def best_only(shown: list[Shown]) -> object:
        return backwards(shown)[:4]

    host.answers = best_only
    many = moments(*(f"{TEXTS[place % 4]} It is part {place}." for place in range(8)))

    ranking = rank(many, [provider(host)], 1, timeout_s=20)

    assert "Choose the best 4 of these 8 moments." in str(host.bodies[0])
    assert ids(ranking) == ["m007", "m006", "m005", "m004", "m000", "m001", "m002", "m003"]


def test_identifiers_and_marks_are_new_for_each_request(host: FakeLlm) -> None:
    ranked(provider(host))
    ranked(provider(host))

    one, other = host.shown(0), host.shown(1)
    assert {moment.name for moment in one}.isdisjoint(moment.name for moment in other)
    marks = [str(body).split("<<")[1][:32] for body in host.bodies]
    assert marks[0] != marks[1]

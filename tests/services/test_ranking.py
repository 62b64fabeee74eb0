"""Who is asked to rank, as settings and jobs say."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import JobSettings
from cliply.domain.selection import SelectionMode, SelectionSettings
from cliply.errors import SettingsError
from cliply.installation import panel_of
from cliply.selection.ranking.providers import Provider
from cliply.services.doctor import Verdict, check_ranking
from cliply.services.ranking import Panel, rank_candidates
from cliply.settings import Settings, load_settings
from tests.selection.fake_llm import KEY, MODEL, FakeLlm, serving
from tests.selection.ranking.test_ranker import TEXTS, moments, provider

LISTED = CandidateList(items=moments(*TEXTS))


@pytest.fixture
def host() -> Iterator[FakeLlm]:
    with serving(FakeLlm()) as fake:
        yield fake


def test_without_settings_all_are_there_and_none_can_be_asked() -> None:
    panel = panel_of(Settings(_env_file=None))

    told = [(one.name, one.missing) for one in panel.providers]
    assert told == [
        ("cerebras", "no key"),
        ("groq", "no key"),
        ("together", "no key"),
        ("custom", "no address"),
    ]
    assert [one.output for one in panel.providers] == ["tool", "tool", "tool", "json"]


def test_the_order_is_that_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDERS", "custom, groq")
    monkeypatch.setenv("LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("LLM_MODEL", "small")
    monkeypatch.setenv("LLM_OUTPUT", "tool")
    monkeypatch.setenv("GROQ_API_KEY", "")

    panel = panel_of(load_settings())

    told = [(one.name, one.missing, one.output) for one in panel.providers]
    assert told == [("custom", None, "tool"), ("groq", "no key", "tool")]


def test_nobody_is_asked_if_that_is_the_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDERS", "none")
    monkeypatch.setenv("GROQ_API_KEY", "gsk-1")
    assert panel_of(load_settings()).providers == ()


@pytest.mark.parametrize("names", ["groq,openai", "groq,groq", ""])
def test_an_order_that_can_not_be_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("LLM_PROVIDERS", names)
    with pytest.raises(SettingsError, match="LLM_PROVIDERS"):
        load_settings()


def test_no_key_is_in_what_a_panel_tells_of_itself() -> None:
    panel = panel_of(Settings(_env_file=None, groq_api_key=SecretStr("gsk-secret")))

    assert "gsk-secret" not in repr(panel) + str(panel.signature)
    assert panel.signature != panel_of(Settings(_env_file=None)).signature


def test_chapters_keep_their_order_and_get_words(host: FakeLlm) -> None:
    chapters = JobSettings(selection=SelectionSettings(mode=SelectionMode.chapters))

    ranking = rank_candidates(LISTED, chapters, Panel([provider(host)]))

    assert [one.candidate_id for one in ranking.items] == ["m000", "m001", "m002", "m003"]
    assert ranking.items[0].title == "Why bees never get lost"
    assert ranking.items[3].virality == 0.9


def test_the_best_moments_come_in_the_order_of_the_model(host: FakeLlm) -> None:
    ranking = rank_candidates(LISTED, JobSettings(), Panel([provider(host)]))
    assert ranking.items[0].candidate_id == "m003"


def test_a_host_that_has_the_model_is_well_and_no_token_is_used(host: FakeLlm) -> None:
    finding = check_ranking(Panel([provider(host)]))

    assert (finding.verdict, finding.found) == (Verdict.ok, f"cerebras {MODEL}")
    assert host.bodies == []


def test_what_keeps_a_host_from_ranking_is_found_before_a_job(host: FakeLlm) -> None:
    key = SecretStr(KEY)
    panel = Panel(
        [
            provider(host, key="csk-wrong"),
            Provider("groq", host.url, "llama-2", key),
            Provider("together", "http://127.0.0.1:9/v1", MODEL, key),
            Provider("custom", None, MODEL),
        ]
    )

    finding = check_ranking(panel)

    assert finding.verdict is Verdict.degraded
    assert finding.found == (
        "signals alone; cerebras: status 401; groq: it has no model llama-2; "
        "together: not reached (ConnectError)"
    )
    assert "ranking.md" in finding.mend

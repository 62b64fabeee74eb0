"""Asks one language model for its judgement of candidates, with one try to mend its answer."""

import asyncio
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

from cliply.domain.ranking import TokenUse
from cliply.selection.ranking.answer import Answer, read_answer
from cliply.selection.ranking.judging import known_judgements
from cliply.selection.ranking.prices import cost_usd
from cliply.selection.ranking.prompt import INSTRUCTIONS, Request
from cliply.selection.ranking.providers import Provider

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai import Agent
    from pydantic_ai.exceptions import AgentRunError
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
    from pydantic_ai.usage import RunUsage

CONNECT_S = 5.0
MENDING = 1
"""Tries after an answer that can not be used."""
THINKING_TOKENS = 6000
"""Room for what a model writes before its answer; a reasoning one counts that as output."""
JUDGEMENT_TOKENS = 250
"""Room for one judgement, in a language of many tokens a word."""
TOOL = "rank_moments"

TOOL_FORM = f"Answer by calling {TOOL} once."
JSON_FORM = (
    'Answer with one JSON object and nothing else: {"moments": [{"id": "…", "virality": 0, '
    '"coherence": 0, "title": "…", "description": "…", "hashtags": ["…"], "reason": "…"}, …]}'
)


class Declined(Exception):
    """A provider was asked and did not deliver; what it used counts all the same."""

    def __init__(self, reason: str, use: TokenUse) -> None:
        super().__init__(reason)
        self.reason = reason
        self.use = use


def ask(provider: Provider, request: Request, timeout_s: float) -> tuple[Answer, TokenUse]:
    """The model's answer, with at least one judgement that names a candidate.

    Takes no longer than `timeout_s`, the mending included. Raises Declined with a reason that
    has nothing of the host's own words in it: they may repeat the key or the transcript.
    """
    from pydantic_ai.exceptions import AgentRunError
    from pydantic_ai.usage import RunUsage

    usage = RunUsage()
    client = _client(timeout_s)
    agent = _agent(provider, request, client)  # the first one imports for seconds, untimed
    try:
        answer = asyncio.run(_answered(agent, client, request, usage, timeout_s))
    except TimeoutError:
        raise Declined(f"timed out after {timeout_s:.3g} s", _use(provider, usage)) from None
    except AgentRunError as error:
        raise Declined(_reason(provider, error), _use(provider, usage)) from None
    return answer, _use(provider, usage)


async def _answered(
    agent: "Agent[None, Answer]",
    client: "httpx2.AsyncClient",
    request: Request,
    usage: "RunUsage",
    timeout_s: float,
) -> Answer:
    settings: Any = {
        "temperature": 0.2,
        "max_tokens": THINKING_TOKENS + JUDGEMENT_TOKENS * request.wanted,
        "timeout": timeout_s,
    }
    async with client, asyncio.timeout(timeout_s):
        return (await agent.run(request.text, usage=usage, model_settings=settings)).output


def _client(timeout_s: float) -> "httpx2.AsyncClient":
    """Without the environment's proxies, .netrc and certificates: settings decide alone."""
    import httpx2

    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout_s, connect=CONNECT_S),
        trust_env=False,
        verify=_authorities(),
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Whom to trust; reading them takes 0.1 CPU s, more than all else in a request."""
    import httpx2

    return httpx2.create_ssl_context(trust_env=False)


def _agent(
    provider: Provider, request: Request, client: "httpx2.AsyncClient"
) -> "Agent[None, Answer]":
    from pydantic_ai import Agent, ModelRetry, TextOutput, ToolOutput
    from pydantic_ai.models.openai import OpenAIChatModel

    def read_text(text: str) -> Answer:
        """JSON, also inside other text: some models answer so whatever they are asked for."""
        try:
            return read_answer(text)
        except ValueError as error:
            raise ModelRetry(f"The answer can not be read: {error}.") from None

    spoken = TextOutput(read_text)
    by_tool = provider.output == "tool"
    agent: Agent[None, Answer] = Agent(
        OpenAIChatModel(provider.model or "", provider=_host(provider, client)),
        output_type=[ToolOutput(Answer, name=TOOL), spoken] if by_tool else spoken,
        instructions=[INSTRUCTIONS, TOOL_FORM if by_tool else JSON_FORM],
        retries=MENDING,
    )

    @agent.output_validator
    def names_candidates(answer: Answer) -> Answer:
        if not known_judgements(request, answer):
            raise ModelRetry("No moment of the list is named: use the identifiers of the list.")
        return answer

    return agent


def _host(provider: Provider, client: "httpx2.AsyncClient") -> "OpenAICompatibleProvider":
    """The host with nothing of the environment: OpenAI's own settings are not for others."""
    from openai import AsyncOpenAI
    from pydantic_ai.profiles import InlineDefsJsonSchemaTransformer
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    key = provider.key.get_secret_value() if provider.key else "none"
    wire = AsyncOpenAI(api_key=key, base_url=provider.base_url, http_client=client, max_retries=0)
    wire.organization = wire.project = wire.admin_api_key = None
    profile = OpenAIModelProfile(
        json_schema_transformer=InlineDefsJsonSchemaTransformer,
        openai_supports_strict_tool_definition=False,
        openai_chat_supports_max_completion_tokens=provider.limit_name == "max_completion_tokens",
    )
    return OpenAICompatibleProvider(provider.name, openai_client=wire, profile=lambda _: profile)


def _reason(provider: Provider, error: "AgentRunError") -> str:
    """What happened, without a word of the host's."""
    from pydantic_ai import exceptions as faults

    if isinstance(error, faults.ModelHTTPError):
        return _refused(provider, error.status_code)
    if isinstance(error, (faults.ModelTimeoutError, faults.ModelRequestTimeout)):
        return "timed out"
    if isinstance(error, faults.ModelAPIError):
        return "not reached, or the connection broke"
    if isinstance(error, faults.ContentFilterError):
        return "it refused to answer"
    return "its answer could not be used"


def _refused(provider: Provider, status: int) -> str:
    told = {
        401: "the key was refused",
        403: "the key may not do this",
        402: "the account has no credit",
        404: f"it has no model {provider.model}",
        429: "too many requests",
    }
    return f"status {status}, {told.get(status, 'server fault' if status >= 500 else 'refused')}"


def _use(provider: Provider, usage: "RunUsage") -> TokenUse:
    """A host that told of no tokens may count some all the same: then the price is not known."""
    model, told = provider.model or "", usage.input_tokens + usage.output_tokens
    return TokenUse(
        provider=provider.name,
        model=model,
        requests=max(1, usage.requests),
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost_usd=cost_usd(provider.name, model, usage.input_tokens, usage.output_tokens)
        if told
        else None,
    )

"""What tokens cost, by host and model; what is not listed here has no price."""

from typing import NamedTuple

AS_OF = "2026-10"
"""When the list was last compared with `genai-prices`, which collects the hosts' own pages."""


class Price(NamedTuple):
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float


PRICES = {
    ("cerebras", "gpt-oss-120b"): Price(0.35, 0.75),
    ("cerebras", "gemma-4-31b"): Price(0.99, 1.49),
    ("groq", "openai/gpt-oss-120b"): Price(0.15, 0.60),
    ("groq", "openai/gpt-oss-20b"): Price(0.075, 0.30),
    ("groq", "llama-3.3-70b-versatile"): Price(0.59, 0.79),
    ("groq", "llama-3.1-8b-instant"): Price(0.05, 0.08),
    ("together", "openai/gpt-oss-120b"): Price(0.15, 0.60),
}


def cost_usd(provider: str, model: str, input_tokens: int, output_tokens: int) -> float | None:
    """None where no price is known; discounts for cached input are not counted."""
    price = PRICES.get((provider, model))
    if price is None:
        return None
    return round((input_tokens * price.input_usd + output_tokens * price.output_usd) / 1e6, 8)

"""Language models that may be asked to rank: hosts with the OpenAI wire."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

OutputForm = Literal["tool", "json"]
"""A forced call of one tool, or a text that is JSON."""

NO_KEY, NO_ADDRESS, NO_MODEL = "no key", "no address", "no model"


@dataclass(frozen=True)
class Provider:
    """One host, one model."""

    name: str
    base_url: str | None
    model: str | None
    key: SecretStr | None = field(default=None, repr=False)
    needs_key: bool = True
    """Not so for a server of one's own."""
    output: OutputForm = "tool"
    limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_completion_tokens"
    """How the host calls the limit of an answer."""

    @property
    def missing(self) -> str | None:
        """Why it can not be asked, None when it can."""
        if not self.base_url:
            return NO_ADDRESS
        if not self.model:
            return NO_MODEL
        has_key = self.key is not None and self.key.get_secret_value() != ""
        return NO_KEY if self.needs_key and not has_key else None

    @property
    def signature(self) -> str:
        """Changes whenever it could answer otherwise; no secret is in it."""
        return f"{self.name}:{self.missing or f'{self.model}@{self.base_url}+{self.output}'}"

    @property
    def label(self) -> str:
        """As a ranking names it: `groq openai/gpt-oss-120b`."""
        return f"{self.name} {self.model}"

"""Whether a host has the model that is configured for it."""

import httpx

from cliply.selection.ranking.providers import Provider

TIMEOUT_S = 5.0


def find_trouble(provider: Provider, timeout_s: float = TIMEOUT_S) -> str | None:
    """Why the provider would not rank, by its list of models; None when it would.

    No token is used. The sentence has nothing of the host's own words in it.
    """
    if provider.missing:
        return provider.missing
    key = provider.key.get_secret_value() if provider.key else "none"
    try:
        with httpx.Client(timeout=timeout_s, trust_env=False) as client:
            answer = client.get(
                f"{(provider.base_url or '').rstrip('/')}/models",
                headers={"Authorization": f"Bearer {key}"},
            )
            listed = answer.json() if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"not reached ({type(error).__name__})"
    if listed is None:
        return f"status {answer.status_code}"
    if provider.model not in _names(listed):
        return f"it has no model {provider.model}"
    return None


def _names(listed: object) -> set[object]:
    """Ids of a list as OpenAI shapes it, or of a bare one, as Together answers."""
    models = listed.get("data") if isinstance(listed, dict) else listed
    found = models if isinstance(models, list) else []
    return {one.get("id") for one in found if isinstance(one, dict)}

"""How links are fetched in this installation."""

from dataclasses import dataclass

from cliply.links.rules import LinkRules


@dataclass(frozen=True)
class Links:
    """A plain object: a resource's configuration is shown in the Dagster UI, with proxies in it."""

    rules: LinkRules

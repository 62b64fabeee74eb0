"""A site with real media."""

from tests.links.conftest import offered, site

__all__ = ["offered", "site"]

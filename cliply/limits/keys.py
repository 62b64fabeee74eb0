"""What a counter is called, and who is one and the same for it."""

import hashlib
from ipaddress import ip_address, ip_network

from cliply.limits.rules import RateRule

IPV6_BITS = 64
"""What one household or server gets: whoever has one address of it has 2**64."""


def counter_key(rule: RateRule, who: str) -> str:
    """Of bounded length and without what `who` says: an address is personal."""
    return f"{rule.name}:{hashlib.blake2b(who.encode(), digest_size=16).hexdigest()}"


def of_address(address: str) -> str:
    """Whom requests from an address are counted for: itself, or its IPv6 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"address:{address}"
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return f"address:{parsed.ipv4_mapped}"
        return f"address:{ip_network((int(parsed), IPV6_BITS), strict=False)}"
    return f"address:{parsed}"

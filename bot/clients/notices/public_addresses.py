"""Names resolved to addresses that anybody may call: what a webhook leads to is not our own house.

In: the name of a host. Out: its addresses, or an error where one is private. The connection goes to
the addresses that were checked, so that a name which answers otherwise the next time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.core.errors import Refused


class PublicResolver(AbstractResolver):
    """`own` are hosts whose addresses may be private."""

    def __init__(self, own: Collection[str]) -> None:
        self._own = frozenset(host.lower() for host in own)
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises `Refused` where one of them is private."""
        found = await self._resolver.resolve(host, port, family)
        if host.lower() not in self._own:
            for one in found:
                check_address(one["host"])
        return found

    async def close(self) -> None:
        """End."""
        await self._resolver.close()


def check_host(host: str, own: Collection[str]) -> None:
    """A host that is an address itself is never resolved; raises `Refused` where it is private."""
    if host.lower() in own:
        return
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    check_address(host)


def check_address(text: str) -> None:
    """Raises `Refused` for what is not out in the world."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    if not mapped.is_global or mapped.is_multicast:
        words = "its address is a private one, and WEBHOOK_PRIVATE_HOSTS does not name its host"
        raise Refused(words)

"""Logins with GitHub, as the pages need them."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.model import Visitor


class Logins(Protocol):
    """An App's OAuth."""

    def make_address(self, state: str, challenge: str, callback: str | None) -> str:
        """Where a browser is sent to; `challenge` is PKCE's, made of the verifier."""
        ...

    async def fetch_visitor(
        self, code: str, verifier: str, callback: str | None, repository_ids: Sequence[int]
    ) -> Visitor:
        """Who came back, and which of these they may read; `Refused` or `Unavailable`."""
        ...

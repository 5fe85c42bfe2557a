"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time; a fake one in tests."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

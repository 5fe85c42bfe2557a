"""Pages of a list: an offset in a query in, and where the next page is out."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.core.errors import Malformed

PAGE_SIZE = 50


def read_offset(request: web.Request) -> int:
    """How many rows to pass over; raises `Malformed`."""
    text = request.query.get("offset", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Malformed("offset must be a whole number")
    return int(text)


def find_next(
    public_url: str, request: web.Request, offset: int, rows: Sequence[object]
) -> str | None:
    """The address of the next page, where one row more than a page was loaded; else None."""
    if len(rows) <= PAGE_SIZE:
        return None
    query = {**request.query, "offset": str(offset + PAGE_SIZE)}
    return f"{public_url}{request.path}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list as people asked for it; what is no offset is ignored, with a note."""

    path: str
    query: tuple[tuple[str, str], ...]  # all else that was asked
    offset: int
    note: str

    @property
    def earlier(self) -> str | None:
        """The page before; None on the first."""
        return self._find(max(0, self.offset - PAGE_SIZE)) if self.offset else None

    def find_later(self, more: bool) -> str | None:
        """The page after, where there is more."""
        return self._find(self.offset + PAGE_SIZE) if more else None

    def _find(self, offset: int) -> str:
        query = [*self.query, ("offset", str(offset))]
        return f"{self.path}?{urlencode(query)}"


def read_page(request: web.Request) -> ListPage:
    """The page of a list that people asked for."""
    rest = tuple((name, text) for name, text in request.query.items() if name != "offset")
    try:
        return ListPage(request.path, rest, read_offset(request), "")
    except Malformed as error:
        return ListPage(request.path, rest, 0, f"Ignored: {error}. This is the beginning.")

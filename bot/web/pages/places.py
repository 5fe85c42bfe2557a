"""What an address names."""

from aiohttp import web

from bot.core.model import BuildRef

_LARGEST_ID = 2**63 - 1  # what every database can count to


def read_pull(request: web.Request) -> tuple[str, int] | None:
    """A pull, as the full name of its repository and its number; None: there is no such number."""
    place, number = request.match_info, request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return f"{place['owner']}/{place['name']}", int(number)


def read_build(request: web.Request) -> BuildRef | None:
    """A build, as its source and its id there; None: there is no such id."""
    place, number = request.match_info, request.match_info["id"]
    if not (number.isascii() and number.isdigit() and len(number) <= 19):
        return None
    ref = BuildRef(place["source"], int(number))
    return ref if ref.id <= _LARGEST_ID else None

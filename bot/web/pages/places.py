"""What an address names."""

from aiohttp import web


def read_pull(request: web.Request) -> tuple[str, int] | None:
    """A pull, as the full name of its repository and its number; None: there is no such number."""
    place, number = request.match_info, request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return f"{place['owner']}/{place['name']}", int(number)

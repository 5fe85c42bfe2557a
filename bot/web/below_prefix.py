"""Pages below a path, as in `PUBLIC_URL=https://host/nightswatch`: the proxy takes the path off.

In: a page of ours, whose links begin with a slash. Out: the same, with the path before each. Only
attributes of our own templates are touched: what others wrote has no quotation mark in a page that
is not escaped.
"""

import re
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

# An address of ours: one slash, not two, which would lead to another host.
_ADDRESS = re.compile(r'(\s(?:href|src|action)=")/(?!/)')


def find_prefix(public_url: str | None) -> str:
    """The path of our own address, without a slash at its end; empty where there is none."""
    return urlsplit(public_url or "").path.rstrip("/")


def put_below(html: str, prefix: str) -> str:
    """Every link, file and form of a page, below the prefix."""
    return _ADDRESS.sub(lambda found: f"{found[1]}{prefix}/", html)


def make_prefixing(public_url: str | None) -> Middleware:
    """Pages say where they are reached; all else names whole addresses or none."""
    prefix = find_prefix(public_url)

    @web.middleware
    async def prefix_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        is_page = isinstance(answer, web.Response) and answer.content_type == "text/html"
        if prefix and is_page and isinstance(answer, web.Response) and answer.text is not None:
            answer.text = put_below(answer.text, prefix)
        return answer

    return prefix_pages

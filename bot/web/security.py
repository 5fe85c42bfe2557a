"""What every answer says to browsers and caches, whoever made it: pages, JSON, refusals, files.

In: an answer about to be sent. Out: the same with its headers. What a handler set itself stays.
"""

from aiohttp import web

from bot.web.html import is_current_static

SERVER = "nightswatch"

_HEADERS = {
    # What one may see, another may not; and what was seen is not kept by what stands between.
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


# A file of ours has another address as soon as it has another content.
_KEEP = "public, max-age=31536000, immutable"


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`. Which libraries run here is nobody's business."""
    if is_current_static(request.path_qs):
        response.headers.setdefault("Cache-Control", _KEEP)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SERVER

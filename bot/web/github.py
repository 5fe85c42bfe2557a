"""`POST /github`: GitHub's webhooks become keys; of new comments, what was said is kept as well.

A SHA-256 signature is required; SHA-1 alone and unsigned deliveries are refused, whatever the
library would accept. A delivery's GUID is taken once: GitHub keeps it when it delivers again.
"""

import hashlib
import hmac
import urllib.parse
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.core.commands import PREFIX
from bot.core.errors import Malformed
from bot.core.model import UNPLACED_SWEEP, Key, branch_key, sweep_key
from bot.core.payloads import parse_pull_event, parse_push_event, parse_remark_event
from bot.core.people import Remark
from bot.ports import Deliveries
from bot.web.doors import parse_json, read_body, refused, taken

_GUID_LIMIT = 100


def make_handler(
    secret: str | None, deliveries: Deliveries, prefix: str = PREFIX
) -> Callable[[web.Request], Any]:
    """The door; without its secret it is shut. `prefix` is what commands begin with."""

    async def handle_github(request: web.Request) -> web.Response:
        if secret is None:
            return refused(request, 503, "this door is shut: GITHUB_WEBHOOK_SECRET is not set")
        body = await read_body(request)
        if not is_signed(body, request.headers.get("X-Hub-Signature-256"), secret):
            return refused(request, 401, "the SHA-256 signature is missing or wrong")
        event, guid = _read_headers(request)
        payload = _parse_payload(request, body)
        remark = find_remark(event, payload, prefix)
        keys = [remark.key] if remark else find_keys(event, payload)
        if not await deliveries.take_delivery(guid, keys, remark=remark):
            return taken("this delivery was taken before")
        return taken(f"{len(keys)} to look at" if keys else "nothing to look at")

    return handle_github


def is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    """True when GitHub's SHA-256 signature fits; compared in constant time."""
    if signature is None:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def find_keys(event: str, payload: Any) -> list[Key]:
    """What a delivery asks us to look at; for most events, nothing."""
    find = _EVENTS.get(event)
    return find(payload) if find else []


def find_remark(event: str, payload: Any, prefix: str) -> Remark | None:
    """What a person newly wrote on a pull, if it may hold a command."""
    return parse_remark_event(payload, prefix) if event == "issue_comment" else None


def _find_pull_keys(payload: Any) -> list[Key]:
    if not isinstance(payload, dict) or payload.get("action") != "closed":
        return []
    event = parse_pull_event(payload)
    return [branch_key(event.repository.repo_id, event.base)] if event.merged else []


def _find_push_keys(payload: Any) -> list[Key]:
    event = parse_push_event(payload)
    return [branch_key(event.repository.repo_id, event.branch)] if event.branch else []


def _find_installation_keys(_: Any) -> list[Key]:
    """Builds that had no place may have one now."""
    return [sweep_key(UNPLACED_SWEEP)]


# Events that are not here are answered 202 and ignored.
_EVENTS: dict[str, Callable[[Any], list[Key]]] = {
    "installation": _find_installation_keys,
    "installation_repositories": _find_installation_keys,
    "pull_request": _find_pull_keys,
    "push": _find_push_keys,
}


def _read_headers(request: web.Request) -> tuple[str, str]:
    event = request.headers.get("X-GitHub-Event", "")
    guid = request.headers.get("X-GitHub-Delivery", "")
    if not event or not guid or len(guid) > _GUID_LIMIT:
        raise Malformed("X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
    return event, guid


def _parse_payload(request: web.Request, body: bytes) -> Any:
    """The payload; a webhook may also be set up to send it in a form field."""
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            form = urllib.parse.parse_qs(
                body.decode("utf-8"), strict_parsing=True, max_num_fields=9
            )
            return parse_json(form["payload"][0].encode())
        except (ValueError, KeyError) as error:
            raise Malformed("the form has no field called payload") from error
    return parse_json(body)

"""`POST /github`: GitHub's webhooks become keys; of new comments, what was said is kept as well.

A SHA-256 signature is required; SHA-1 alone and unsigned deliveries are refused, whatever the
library would accept. A delivery's GUID is taken once: GitHub keeps it when it delivers again.
"""

import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Callable, Collection, Iterable
from typing import Any

from aiohttp import web

from bot.core.commands.parser import PREFIX
from bot.core.errors import Malformed
from bot.core.model import SPEECH_SWEEP, UNPLACED_SWEEP, Key, branch_key, repository_key, sweep_key
from bot.core.model.commands import UserComment
from bot.core.payloads import parse_pull_event, parse_push_event, parse_user_comment_event
from bot.core.ports import Deliveries
from bot.web.webhooks.bodies import Bodies
from bot.web.webhooks.requests import accepted, parse_json, rejected

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_GUID = re.compile(r"[!-~]{1,100}")


def make_handler(
    secret: str | None,
    deliveries: Deliveries,
    find_prefixes: Callable[[], Collection[str]] = lambda: (PREFIX,),
    bodies: Bodies | None = None,
) -> Callable[[web.Request], Any]:
    """The door; without its secret it is shut. `find_prefixes` tells what commands begin with."""
    bodies = bodies or Bodies()

    async def handle_github(request: web.Request) -> web.Response:
        if secret is None:
            return rejected(request, 503, "this door is shut: GITHUB_WEBHOOK_SECRET is not set")
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not _SIGNATURE.fullmatch(signature):  # nothing is read for who does not even try
            return rejected(request, 401, "the SHA-256 signature is missing or wrong")
        event, guid = _read_headers(request)
        async with bodies.read(request) as body:
            if not is_signed(body, signature, secret):
                return rejected(request, 401, "the SHA-256 signature is missing or wrong")
            payload = _parse_payload(request, b"".join(body))
        comment = find_user_comment(event, payload, find_prefixes())
        keys = [comment.key] if comment else find_keys(event, payload)
        if not await deliveries.take_delivery(guid, keys, comment=comment):
            return accepted("this delivery was taken before")
        return accepted(f"{len(keys)} to look at" if keys else "nothing to look at")

    return handle_github


def is_signed(body: Iterable[bytes], signature: str | None, secret: str) -> bool:
    """True when GitHub's SHA-256 signature fits what comes in pieces; compared in constant time."""
    if signature is None:
        return False
    digest = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for chunk in body:
        digest.update(chunk)
    expected = "sha256=" + digest.hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def find_keys(event: str, payload: Any) -> list[Key]:
    """What a delivery asks us to look at; for most events, nothing."""
    find = _EVENTS.get(event)
    return find(payload) if find else []


def find_user_comment(event: str, payload: Any, prefixes: Collection[str]) -> UserComment | None:
    """What a person newly wrote on a pull, if it may hold a command."""
    return parse_user_comment_event(payload, *prefixes) if event == "issue_comment" else None


def _find_pull_keys(payload: Any) -> list[Key]:
    if not isinstance(payload, dict) or payload.get("action") != "closed":
        return []
    event = parse_pull_event(payload)
    return [branch_key(event.repository.repo_id, event.base)] if event.merged else []


def _find_push_keys(payload: Any) -> list[Key]:
    """What was pushed to the default branch may have changed the repository's own settings."""
    event = parse_push_event(payload)
    if not event.branch:
        return []
    repository = event.repository
    keys = [branch_key(repository.repo_id, event.branch)]
    if event.branch == repository.default_branch:
        keys.append(repository_key(repository.repo_id))
    return keys


def _find_installation_keys(_: Any) -> list[Key]:
    """Builds that had no place may have one now, and comments that were refused may be taken."""
    return [sweep_key(UNPLACED_SWEEP), sweep_key(SPEECH_SWEEP)]


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
    if not event or not _GUID.fullmatch(guid):
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

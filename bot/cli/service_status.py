"""`nightswatch status --service`: how the service is, as its store has it and as it says."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import aiohttp

from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.core.ports import Clock
from bot.store.inspection import ReadOnlyStore, open_view

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not listened on
_PATIENCE = aiohttp.ClientTimeout(total=15)


def print_service(*, as_json: bool) -> int:
    """For people or machines; exit status 1 unless the service answers that all is well."""
    settings = Settings.from_environ(load_environ())
    found = asyncio.run(_load(settings, SystemClock()))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n".join(render(found)))
    return int(found["health"].get("status") != "ok")


async def _load(settings: Settings, clock: Clock) -> dict[str, Any]:
    async with open_view(settings.database_url, clock) as view:
        store = await load_store(view)
    return {"health": await _fetch_health(settings), "store": store}


async def load_store(view: ReadOnlyStore) -> dict[str, Any]:
    """The store in figures."""
    depth = await view.views.load_depth()
    return {
        "keys": {one.kind: one.count for one in await view.figures.load_keys()},
        "stuck": [{"key": s.key, "attempts": s.attempts, "error": s.error} for s in depth.stuck],
        "incidents": [
            {"verdict": one.verdict, "state": one.state, "count": one.count}
            for one in await view.figures.load_incidents()
        ],
        "record": asdict(await view.figures.load_record()),
        "refused": [
            f"{one.place}: {one.why}" for one in await view.figures.load_refusals(posts=True)
        ],
    }


async def _fetch_health(settings: Settings) -> dict[str, Any]:
    host = _ANYWHERE.get(settings.host, settings.host)
    url = f"http://{host}:{settings.port}/health"
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, headers=_make_headers(settings)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            found = await answer.json()
            return found if isinstance(found, dict) else {"status": "no health"}
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return {"status": "not running", "problems": [f"nobody answers at {url}"]}


def _make_headers(settings: Settings) -> dict[str, str]:
    """The password, where there is one: without it names are hidden."""
    password = settings.dashboard_password
    return {"Authorization": aiohttp.encode_basic_auth("status", password)} if password else {}


def render(found: dict[str, Any]) -> Iterator[str]:
    """Lines for people."""
    health, store = found["health"], found["store"]
    yield f"service: {health.get('status')}"
    todo = {check["words"]: check["todo"] for check in health.get("checks", ())}
    for problem in health.get("problems", ()):
        yield f"  {problem}"
        if todo.get(problem):
            yield f"    → {todo[problem]}"
    keys = ", ".join(f"{count} {kind}" for kind, count in store["keys"].items())
    yield f"inbox: {keys or 'empty'}"
    yield from (
        f"  stuck: {s['key']} after {s['attempts']} attempts: {s['error']}" for s in store["stuck"]
    )
    yield "incidents:"
    for one in store["incidents"]:
        yield f"  {one['count']} {one['verdict']}, {one['state']}"
    record = store["record"]
    yield f"our record: {record['told']} told, {record['withdrawn']} of them withdrawn"
    yield f"  {record['objected']} objected to, {record['right']} right, {record['wrong']} wrong"
    yield from (f"refused: {line}" for line in store["refused"])

"""What is asked of Buildbot now and then, beside the road: by `doctor` and `replay`.

Input: a `BuildbotClient`. Output: builders, builds and the site's own words, as our nouns.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from bot.clients.ci.buildbot.api import parse_answer
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.errors import Malformed, Refused
from bot.core.model import Build, Builder, Log
from bot.core.payloads import parse_build, parse_builder, parse_row, parse_rows
from bot.core.payloads.build_address import BuildAddress
from bot.core.payloads.build_requests import parse_change_repositories
from bot.core.payloads.buildbot import parse_number_of
from bot.core.payloads.diagnostics import BuildbotSite, parse_site

_PROPERTIES = (("property", "*"),)


async def fetch_site(client: BuildbotClient) -> BuildbotSite:
    """Version and login, from `/config`; raises `Refused` before Buildbot 4."""
    answer = await client.fetch_json("its configuration", "/config")
    return parse_answer(parse_site, answer)


async def fetch_builders(client: BuildbotClient) -> tuple[Builder, ...]:
    """All builders, by name."""
    answer = await client.fetch_json("its builders", "/api/v2/builders")
    rows = parse_answer(parse_rows, answer, "builders")
    builders = [parse_answer(parse_builder, client.source, row) for row in rows]
    return tuple(sorted(builders, key=lambda builder: builder.name))


async def fetch_last_builds(
    client: BuildbotClient, limit: int, *, builderid: int | None = None, below: int | None = None
) -> tuple[Build, ...]:
    """The builds that finished last, newest first; of one builder, and with smaller numbers."""
    params = [("complete", "true"), ("limit", str(limit)), *_PROPERTIES]
    if builderid is not None:
        params += [("builderid", str(builderid)), ("order", "-number")]
    else:
        params += [("order", "-complete_at"), ("order", "-buildid")]
    if below is not None:
        params.append(("number__lt", str(below)))
    answer = await client.fetch_json("the last builds", "/api/v2/builds", params)
    return _parse_some(client, parse_answer(parse_rows, answer, "builds"))


async def fetch_change_repositories(client: BuildbotClient) -> frozenset[str]:
    """The repositories of the last changes, as their sourcestamps label them."""
    params = [("order", "-changeid"), ("limit", "50")]
    answer = await client.fetch_json("the last changes", "/api/v2/changes", params)
    return parse_answer(parse_change_repositories, answer)


def _parse_some(client: BuildbotClient, rows: Sequence[object]) -> tuple[Build, ...]:
    """A malformed build must not hide the others."""
    builds = []
    for row in rows:
        with suppress(Malformed):
            builds.append(parse_build(client.source, row, None, client.repositories))
    return tuple(builds)


async def fetch_build_at(client: BuildbotClient, address: BuildAddress) -> Build:
    """The build that an address names, at the client's own Buildbot; else `Refused`."""
    if address.builder is not None and address.number is not None:
        return await _fetch_numbered(client, address.builder, address.number)
    buildid, stepid = address.buildid, address.stepid
    if address.logid is not None:
        stepid = await _fetch_number(client, "logs", address.logid, "stepid")
    if stepid is not None:
        buildid = await _fetch_number(client, "steps", stepid, "buildid")
    return await _fetch_one(client, f"build {buildid}", f"/api/v2/builds/{buildid}")


async def make_log_filter(
    client: BuildbotClient, address: BuildAddress
) -> Callable[[Log], bool] | None:
    """Tells the logs of the step, or the one log, that an address names; None: the whole build."""
    if address.logid is not None:
        return lambda log: log.logid == address.logid
    step, name = address.step, address.log
    if address.stepid is not None:
        answer = await client.fetch_json(
            f"step {address.stepid}", f"/api/v2/steps/{address.stepid}"
        )
        step = str(parse_answer(parse_number_of, answer, "steps", "number"))
    if step is None:
        return None
    return lambda log: step in {log.step, str(log.step_number)} and name in {None, log.name}


async def _fetch_numbered(client: BuildbotClient, builder: str, number: int) -> Build:
    """A build as people name it: a builder's name or id, and the number."""
    builders = await fetch_builders(client)
    found = [b.builderid for b in builders if b.name == builder]
    found += [b.builderid for b in builders if str(b.builderid) == builder]
    if not found:
        raise Refused(f"Buildbot has no builder called {builder!r}", 404)
    path = f"/api/v2/builders/{found[0]}/builds/{number}"
    return await _fetch_one(client, f"build {number} of {builder}", path)


async def _fetch_number(client: BuildbotClient, plural: str, own_id: int, name: str) -> int:
    what = f"{plural.removesuffix('s')} {own_id}"
    answer = await client.fetch_json(what, f"/api/v2/{plural}/{own_id}")
    return parse_answer(parse_number_of, answer, plural, name)


async def _fetch_one(client: BuildbotClient, what: str, path: str) -> Build:
    answer = await client.fetch_json(what, path, _PROPERTIES)
    row = parse_answer(parse_row, answer, "builds")
    return parse_answer(parse_build, client.source, row, None, client.repositories)

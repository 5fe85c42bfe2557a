"""What is asked of Buildbot now and then, beside the road: by `doctor` and `replay`.

Input: a `BuildbotClient`. Output: builders, builds and the site's own words, as our nouns.
"""

from collections.abc import Sequence
from contextlib import suppress

from bot.clients.buildbot import BuildbotClient
from bot.core.errors import Malformed, Refused, Unavailable
from bot.core.model import Build, Builder
from bot.core.payloads import parse_build, parse_builder, parse_row, parse_rows
from bot.core.payloads.checkup import BuildbotSite, parse_site

_PROPERTIES = (("property", "*"),)


async def fetch_site(client: BuildbotClient) -> BuildbotSite:
    """Version and login, from `/config`; raises `Refused` before Buildbot 4."""
    answer = await client.fetch_json("its configuration", "/config")
    try:
        return parse_site(answer)
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed


async def fetch_builders(client: BuildbotClient) -> tuple[Builder, ...]:
    """All builders, by name."""
    answer = await client.fetch_json("its builders", "/api/v2/builders")
    try:
        rows = parse_rows(answer, "builders")
        builders = [parse_builder(client.source, row) for row in rows]
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed
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
    try:
        rows = parse_rows(answer, "builds")
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed
    return _parse_some(client.source, rows)


def _parse_some(source: str, rows: Sequence[object]) -> tuple[Build, ...]:
    """A malformed build must not hide the others."""
    builds = []
    for row in rows:
        with suppress(Malformed):
            builds.append(parse_build(source, row))
    return tuple(builds)


async def fetch_build_by_number(client: BuildbotClient, builder: str, number: int) -> Build:
    """A build as people name it: a builder's name or id, and the number; else `Refused`."""
    builders = await fetch_builders(client)
    found = [b.builderid for b in builders if builder in {b.name, str(b.builderid)}]
    if not found:
        raise Refused(f"Buildbot has no builder called {builder!r}", 404)
    path = f"/api/v2/builders/{found[0]}/builds/{number}"
    answer = await client.fetch_json(f"build {number} of {builder}", path, _PROPERTIES)
    try:
        return parse_build(client.source, parse_row(answer, "builds"))
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed

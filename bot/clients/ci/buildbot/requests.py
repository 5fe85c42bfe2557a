"""Builds on request: one force scheduler of a Buildbot, told what to build.

Input: a request of ours. Output: the build request that carries its id, and what became of it. A
force scheduler answers 200 with `null` to what it does not know, builds the tip where it has no
field for a revision, and Buildbot may merge requests: what was asked for is believed only when it
is found, with our id, for this builder and at this revision.
Source: https://docs.buildbot.net/current/developer/raml/forcescheduler.html
"""

from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache

from bot.clients.ci.buildbot.api import Params, parse_answer
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.checks.requests import NEEDED_FIELDS
from bot.core.errors import Refused
from bot.core.model.ci_requests import (
    BuilderQueue,
    CiRequest,
    RequestedBuild,
    RequestProgress,
    RequestScheduler,
)
from bot.core.model.request_records import RequestRecord
from bot.core.model.requests import REQUEST_PROPERTY
from bot.core.payloads import parse_row, parse_rows
from bot.core.payloads.build_requests import (
    parse_asked_revision,
    parse_ci_request,
    parse_forced,
    parse_queues,
    parse_requested_build,
    parse_scheduler,
)

SCHEDULER = "nightswatch"
"""The default of the setting `FORCE_SCHEDULER`."""


_OURS = ("property", REQUEST_PROPERTY)
_SCHEDULER_SECONDS = 300

# Of one builder, newest first: more never came in between an intent and its being looked for.
_SEARCHED = "500"
# More than the largest fleets have builders.
_LISTED = "2000"


class BuildbotRequester:
    """Implements `ports.BuildRequester`."""

    def __init__(self, client: BuildbotClient, scheduler: str = SCHEDULER) -> None:
        self._client = client
        self._name = scheduler
        self._known: TTLCache[str, RequestScheduler] = TTLCache(1, _SCHEDULER_SECONDS)

    @property
    def can_ask(self) -> bool:
        """Whether we have a login; without one nothing is asked for."""
        return self._client.has_login

    async def fetch_scheduler(self) -> RequestScheduler:
        """What may be asked for; raises `Refused` where there is no such scheduler."""
        known = self._known.get(self._name)
        if known is None:
            what = f"the force scheduler {self._name}"
            answer = await self._get(what, f"/forceschedulers/{self._name}")
            known = parse_answer(
                parse_scheduler, parse_answer(parse_row, answer, "forceschedulers")
            )
            self._known[self._name] = known
        return known

    # ------------------------------------------------------------ asking

    async def find_request(self, record: RequestRecord) -> int | None:
        """The number of the request that carries our id, wherever it stands by now."""
        params = (
            ("builderid", str(record.builderid)),
            ("order", "-buildrequestid"),
            ("limit", _SEARCHED),
            _OURS,
        )
        answer = await self._get("its build requests", "/buildrequests", params)
        rows = [
            parse_answer(parse_ci_request, r)
            for r in parse_answer(parse_rows, answer, "buildrequests")
        ]
        ours = [row.number for row in rows if row.name == record.request.id]
        return min(ours, default=None)

    async def request_build(self, record: RequestRecord) -> int:
        """Ask, once; the number of the request that was found to carry our id and revision."""
        await self._check_scheduler(record.request.builder)
        params = {
            "builderid": str(record.builderid),
            "branch": record.branch,
            "revision": record.request.revision,
            "reason": record.request.reason,
            REQUEST_PROPERTY: record.request.id,
        }
        what = f"a build of {record.request.builder}"
        path = f"/forceschedulers/{self._name}"
        answer = await self._client.call_method(what, path, "force", params)
        number = parse_answer(parse_forced, answer, record.builderid)
        if number is None:
            raise Refused(f"Buildbot took no notice of what was asked of {self._name}")
        await self._check_made(record, number)
        return number

    async def _check_scheduler(self, builder: str) -> None:
        scheduler = await self.fetch_scheduler()
        missing = sorted(NEEDED_FIELDS - scheduler.fields)
        if missing:
            raise Refused(f"{self._name} has no field {' and no field '.join(missing)}")
        if builder not in scheduler.builders:
            raise Refused(f"{self._name} does not start {builder}")

    async def _check_made(self, record: RequestRecord, number: int) -> None:
        """Whether it is what was asked for; what is not, is taken back."""
        made = await self._fetch_request(number)
        if made is None or (made.name, made.builderid) != (record.request.id, record.builderid):
            if made is not None:
                await self.cancel_request(number, "it does not carry our id")
            raise Refused("Buildbot made a request that does not carry our id")
        answer = await self._get(f"buildset {made.buildsetid}", f"/buildsets/{made.buildsetid}")
        buildset = parse_answer(parse_row, answer, "buildsets")
        if parse_answer(parse_asked_revision, buildset) != record.request.revision:
            await self.cancel_request(number, "another revision was asked for")
            raise Refused("Buildbot would build another revision than the one asked for")

    async def cancel_request(self, number: int, reason: str) -> None:
        """Take it back, or stop its build; what is over stays as it is."""
        path = f"/buildrequests/{number}"
        await self._client.call_method(
            f"the end of request {number}", path, "cancel", {"reason": reason}
        )

    # ------------------------------------------------------------ following

    async def fetch_progress(self, number: int) -> RequestProgress | None:
        """How far it is; None: the CI knows nothing of it any more."""
        request = await self._fetch_request(number)
        if request is None:
            return None
        params = (("order", "-buildid"), ("limit", "1"))
        answer = await self._get(
            f"builds of request {number}", f"/buildrequests/{number}/builds", params
        )
        rows = parse_answer(parse_rows, answer, "builds")
        build: RequestedBuild | None = (
            parse_answer(parse_requested_build, rows[0]) if rows else None
        )
        return RequestProgress(request, build)

    async def _fetch_request(self, number: int) -> CiRequest | None:
        what = f"build request {number}"
        try:
            answer = await self._get(what, f"/buildrequests/{number}", (_OURS,))
        except Refused:
            return None
        return parse_answer(parse_ci_request, parse_answer(parse_row, answer, "buildrequests"))

    async def fetch_queues(self) -> Mapping[int, BuilderQueue]:
        """What builders have to do now, by builderid, ours left out."""
        waits = (("complete", "false"), ("claimed", "false"), ("order", "submitted_at"))
        runs = (("complete", "false"), ("order", "started_at"))
        more = (("limit", _LISTED), _OURS)
        waiting = await self._get("what waits", "/buildrequests", (*waits, *more))
        running = await self._get("what runs", "/builds", (*runs, *more))
        return parse_answer(parse_queues, waiting, running)

    async def _get(self, what: str, path: str, params: Params = ()) -> Any:
        return await self._client.fetch_json(what, f"/api/v2{path}", params)

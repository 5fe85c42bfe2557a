"""What a command may ask about, gathered: a remark in, the scene in which it is judged out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.choosing import find_here
from bot.core.commands import PREFIX, Call
from bot.core.deeds import Scene
from bot.core.model import Incident, Pull, Repository
from bot.core.people import Remark, Role
from bot.core.report import Place, Report
from bot.core.rulings import is_about
from bot.ports import Facts, Hearings, Incidents

MakeReport = Callable[[Repository, Incident], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class Manners:
    """What of the settings matters for answering."""

    post_comments: bool = False
    prefix: str = PREFIX
    per_hour: int = 20  # remarks of one person
    public_url: str | None = None
    website: str = "https://github.com"


class Scenes:
    """Loads scenes from the store; what a command does not need is not loaded."""

    def __init__(
        self,
        *,
        facts: Facts,
        incidents: Incidents,
        hearings: Hearings,
        manners: Manners,
        make_report: MakeReport,
    ) -> None:
        self._facts = facts
        self._incidents = incidents
        self._hearings = hearings
        self._manners = manners
        self._make_report = make_report

    async def load_scene(
        self, repository: Repository, remark: Remark, pull: Pull, role: Role, call: Call
    ) -> Scene:
        """What a command may ask about; each one sees what those before it did."""
        repo_id, number = remark.repo_id, remark.number
        speech = await self._incidents.load_speech(repo_id, number)
        told = [said.incident_id for said in speech.said] if speech else []
        here = find_here(number, await self._incidents.load_incidents(repo_id), told)
        rulings = await self._hearings.load_rulings(repo_id)
        explains, asks = call.name == "explain", call.name == "status"
        builds = (
            await self._hearings.load_builds_at(repo_id, pull.merge_sha)
            if asks and pull.merge_sha
            else ()
        )
        quiet = await self._hearings.load_quiet(repo_id, number)
        return Scene(
            remark=remark,
            pull=pull,
            role=role,
            prefix=self._manners.prefix,
            place=Place(
                repository.full_name,
                number,
                self._manners.website,
                self._manners.public_url,
                self._manners.prefix,
            ),
            incidents=here,
            lines={
                branch: await self._facts.load_line(repo_id, branch)
                for branch in sorted({incident.branch for incident in here})
            },
            rulings=tuple(
                ruling
                for ruling in rulings
                if ruling.number == number or any(is_about(ruling.target, i) for i in here)
            ),
            reports=tuple([await self._make_report(repository, i) for i in here if explains]),
            builds=builds,
            silence=quiet or (speech.why_silent if speech else None),
        )

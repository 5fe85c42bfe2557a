"""The judge of a chaos run: what a calm run of the same story said, and what this one did.

In: two stages after their stories, and their ledgers. Out: figures, and every violation in words.
"""

import re
from dataclasses import dataclass, fields, replace
from itertools import zip_longest

from bench.storm.ledger import INCIDENTS, Ledger, Rows
from bench.storm.stage import Stage
from bot.core.model import Incident
from bot.core.model.build_results import Result, is_evidence
from bot.store.json_documents import parse_incident_document

_PORT = re.compile(r"127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    builds: dict[int, Result]  # as Buildbot has them
    ledger: Ledger
    incidents: dict[str, Incident]  # by what they tell of, for which build came first names them
    evidence: Rows
    standing: dict[int, list[str]]  # by pull: the texts of our comments
    ever: dict[int, int]  # by pull: how many of ours were ever posted, deleted ones too
    mistakes: tuple[str, ...] = ()  # requests that broke a rule of GitHub's

    @classmethod
    def from_stage(cls, stage: Stage, ledger: Ledger, evidence: Rows) -> "Outcome":
        """Read it off both sides."""
        found = [parse_incident_document(text) for (text,) in evidence.pop(INCIDENTS)]
        incidents = {_name(incident): _round(incident) for incident in found}
        names = {incident.id: name for name, incident in incidents.items()}
        ever: dict[int, int] = {}
        standing: dict[int, list[str]] = {}
        for written in stage.find_written():
            ever[written.number] = ever.get(written.number, 0) + 1
            if written.body is not None:
                text = _make_comparable(written.body, names)
                standing.setdefault(written.number, []).append(text)
        rows = stage.buildbot.master.builds.items()
        finished = {i: Result(row["results"]) for i, row in rows if row["complete"]}
        mistakes = tuple(stage.find_mistakes())
        return cls(finished, ledger, incidents, evidence, standing, ever, mistakes)

    @property
    def reds(self) -> list[int]:
        """The builds that were red."""
        return [i for i, result in self.builds.items() if result is Result.FAILURE]


def _name(incident: Incident) -> str:
    """An incident keeps the id under which it was first told, whichever build that was."""
    return f"{incident.signatures[0].site} since build {incident.first_red_build.id}"


def _round(incident: Incident) -> Incident:
    """To whole percents: who was a suspect for a moment has paths from then on, and they count."""
    suspects = tuple(replace(s, p=round(s.p, 2)) for s in incident.suspects)
    return replace(incident, confidence=round(incident.confidence, 2), suspects=suspects)


def _make_comparable(text: str, names: dict[str, str]) -> str:
    for incident_id, name in names.items():
        text = text.replace(incident_id, name)
    return _PORT.sub("HOST", text)


def find_violations(calm: Outcome, storm: Outcome) -> list[str]:
    """Everything that must not be; none: the run was good."""
    return [
        *_find_lost_builds(storm),
        *(f"#{n}: lost, the calm run spoke" for n in calm.standing.keys() - storm.standing.keys()),
        *(f"#{n}: wrong pull, {_head(t[0])}" for n, t in _extra(calm, storm)),
        *(f"#{n}: {len(t)} comments stand" for n, t in storm.standing.items() if len(t) > 1),
        *(f"#{n}: {k} comments were posted" for n, k in storm.ever.items() if k > 1),
        *_find_differing(calm, storm),
        *(f"key left over: {key}" for key in storm.ledger.keys),
        *(f"#{n}: wanted, but not said" for n in storm.ledger.unsaid),
        *(f"GitHub's rules: {mistake}" for mistake in (*calm.mistakes, *storm.mistakes)),
    ]


def _extra(calm: Outcome, storm: Outcome) -> list[tuple[int, list[str]]]:
    return [(n, t) for n, t in storm.standing.items() if n not in calm.standing]


def _find_lost_builds(storm: Outcome) -> list[str]:
    """A finished build without facts; a red one also where its log was never read."""
    lost = [f"build {i} has no facts" for i in storm.builds if i not in storm.ledger.builds]
    red = [i for i in storm.reds if is_evidence(storm.builds[i])]
    noted = [(i, storm.ledger.builds.get(i, "")) for i in red]
    return lost + [f"red build {i}: {note}" for i, note in noted if note]


def _find_differing(calm: Outcome, storm: Outcome) -> list[str]:
    both = calm.standing.keys() & storm.standing.keys()
    return [
        f"#{n}: says {_head(storm.standing[n][0])!r}, calm {_head(calm.standing[n][0])!r}"
        for n in sorted(both)
        if _head(storm.standing[n][0]) != _head(calm.standing[n][0])
    ]


def find_differences(calm: Outcome, storm: Outcome) -> list[str]:
    """The first line in which the texts on a pull differ: no violation, but worth a look."""
    found = []
    for number in sorted(calm.standing.keys() & storm.standing.keys()):
        texts = (side.standing[number][0].splitlines() for side in (calm, storm))
        pairs = zip_longest(*texts, fillvalue="")
        line = next(((a, b) for a, b in pairs if a != b), None)
        if line is not None:
            found.append(f"#{number}: calm {line[0][:150]!r}, storm {line[1][:150]!r}")
    return found


def find_other_incidents(calm: Outcome, storm: Outcome) -> list[str]:
    """In which incidents both differ, and in what."""
    both = calm.incidents.keys() & storm.incidents.keys()
    found = [f"{name}: not in the storm" for name in calm.incidents.keys() - both]
    found += [f"{name}: only in the storm" for name in storm.incidents.keys() - both]
    for name in sorted(both):
        pair = calm.incidents[name], storm.incidents[name]
        words = [
            f"{field.name} {str(values[0])[:60]}, storm {str(values[1])[:60]}"
            for field in fields(Incident)
            if field.compare
            and field.name != "id"
            and (values := [getattr(one, field.name) for one in pair])[0] != values[1]
        ]
        found += [f"{name}: {'; '.join(words)}"] if words else []
    return found


def find_other_evidence(calm: Outcome, storm: Outcome) -> list[str]:
    """By table, how many rows only one of both has: what differs in a text began there."""
    found = []
    for name in sorted(calm.evidence):
        ours, theirs = (set(side.evidence.get(name, ())) for side in (calm, storm))
        if ours != theirs:
            first = min(ours ^ theirs, key=str)
            found.append(
                f"{name}: {len(ours - theirs)} rows only calm, {len(theirs - ours)} only in the"
                f" storm, as {str(first)[:150]}"
            )
    return found


def count_same_texts(calm: Outcome, storm: Outcome) -> int:
    """The pulls on which both runs end with the very same text."""
    return sum(texts == calm.standing.get(n) for n, texts in storm.standing.items())


def _head(text: str) -> str:
    """The first line that people see."""
    lines = (line for line in text.splitlines() if line and not line.startswith("<!--"))
    return next(lines, "")

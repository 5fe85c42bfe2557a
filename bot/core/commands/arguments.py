"""What an argument of a command means: hostile words and what we know in, one of the latter out.

Words only choose among what is known already; nothing of them goes anywhere else.
"""

from collections.abc import Mapping, Sequence

from bot.core.model import BranchCommits, Commit, Incident, IncidentState


def find_incidents_of_pull(
    number: int, incidents: Sequence[Incident], announced: Sequence[str]
) -> tuple[Incident, ...]:
    """The incidents that concern pull `number`, the open and newest first.

    Those that accuse it or were announced on it; where there are none, those that suspect it.
    """
    known = frozenset(announced)
    near = [i for i in incidents if i.pull == number or i.id in known]
    # A twentieth is what the reasoning calls "fits", too.
    suspected = [
        i
        for i in incidents
        if i.state is IncidentState.OPEN
        and sum(s.p for s in i.suspects if s.pull == number) >= 0.05
    ]
    is_open = any(i.state is IncidentState.OPEN for i in near)
    chosen = near if is_open else [*near, *(i for i in suspected if i not in near)]
    newest = sorted(chosen, key=lambda i: (i.opened_at, i.id), reverse=True)
    return tuple(sorted(newest, key=lambda i: i.state is not IncidentState.OPEN))


def find_tests(incidents: Sequence[Incident], words: str) -> list[Incident]:
    """Those in which a test of this name failed; a part between dots will do."""
    name = words.strip("`' \"").lower()
    return [
        incident
        for incident in incidents
        if any(name in _name_parts(signature.site.lower()) for signature in incident.signatures)
    ]


def _name_parts(site: str) -> set[str]:
    return {site, *site.replace("::", ".").replace("/", ".").split(".")}


def find_builders(incidents: Sequence[Incident], words: str) -> list[Incident]:
    """Those that the builder of this name showed."""
    name = words.strip("`' \"").lower()
    return [i for i in incidents if any(name == builder.lower() for builder in i.builders)]


def find_commit(line: BranchCommits | None, words: str) -> Commit | None:
    """The commit of a branch that a sha, the beginning of one, or `#pull` names, if just one."""
    if line is None:
        return None
    if words.startswith("#"):
        landed = [commit for commit in line.commits if commit.pull == int(words[1:])]
        return landed[-1] if landed else None
    found = [commit for commit in line.commits if commit.sha.startswith(words.lower())]
    return found[0] if len(found) == 1 else None


def find_culprit_incident(
    incidents: Sequence[Incident],
    lines: Mapping[str, BranchCommits],
    words: str,
    chosen: str | None,
) -> tuple[Incident, Commit] | str | None:
    """The incident that is meant and its culprit; a sentence where there is none, None: which?"""
    meant = [i for i in incidents if chosen is None or i.id.startswith(chosen)]
    commits = {i.id: find_commit(lines.get(i.branch), words) for i in meant}
    known = [i for i in meant if commits[i.id] is not None]
    if not known:
        return "No such commit is known on the branch." if meant else "No such incident is here."
    early = [i for i in known if _is_early(commits[i.id], i, lines[i.branch])]
    if not early:
        return "That commit came after the first red build: it cannot be the cause."
    if len(early) > 1:
        early = [i for i in early if any(s.sha == _sha(commits[i.id]) for s in i.suspects)]
    if len(early) != 1:
        return None
    (incident,) = early
    commit = commits[incident.id]
    return (incident, commit) if commit else None


def _sha(commit: Commit | None) -> str | None:
    return commit.sha if commit else None


def _is_early(commit: Commit | None, incident: Incident, line: BranchCommits) -> bool:
    """True unless the failure was there before the commit."""
    shas = [c.sha for c in line.commits]
    if commit is None or incident.range.first_bad not in shas:
        return commit is not None
    return shas.index(commit.sha) <= shas.index(incident.range.first_bad)

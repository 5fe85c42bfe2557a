"""Names of builds of the source that most tests have."""

from bot.core.model import BuildRef


def ref(buildid: int, source: str = "bb") -> BuildRef:
    return BuildRef(source, buildid)


def refs(*buildids: int) -> tuple[BuildRef, ...]:
    return tuple(map(ref, buildids))

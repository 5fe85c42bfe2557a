"""Paths of GitHub's API, built of parts: what a name holds cannot make another path of it."""

from urllib.parse import quote

from bot.core.errors import Refused
from bot.core.model.addresses import find_full_name


def make_repository_path(full_name: str, *, below: str = "") -> str:
    """`/repos/<owner>/<name>` and what is `below`; `Refused` for what GitHub has no name for."""
    if find_full_name(full_name) is None:
        raise Refused(f"{full_name[:200]!r} is no repository's name")
    owner, _, name = full_name.partition("/")
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}{below}"

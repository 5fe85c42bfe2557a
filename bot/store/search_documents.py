"""What people search for, kept current by whoever saves it.

In: what is saved, within its transaction. Out: rows of `search`: an incident or a pull replaces its
row; a test, a message, a builder or a worker is put once, for it says the same each time.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from cachetools import cached
from sqlalchemy import Connection, Executable, delete

from bot.core.model import BuildRecord, Commit, Incident
from bot.core.ports.search import HitKind
from bot.store.engine.database import chunks
from bot.store.engine.search_tables import search
from bot.store.engine.upserts import insert, put_row
from bot.store.row_mapping import Values

_TITLE = 200  # letters
_WORDS = 2000
_MESSAGE = 300


def put_incident_documents(
    connection: Connection, repo_id: int, changed: Iterable[Incident], gone: Iterable[str]
) -> None:
    """Incidents as they are now, instead of those of these ids."""
    ids = [_make_id(repo_id, HitKind.INCIDENT, name) for name in gone]
    for chunk in chunks(ids):
        connection.execute(delete(search).where(search.c.id.in_(chunk)))
    for incident in changed:
        put_row(connection, search, make_incident_document(repo_id, incident))


def make_incident_document(repo_id: int, incident: Incident) -> Values:
    """Found by its id, tests, messages, builders, branch and pull."""
    sites = sorted({s.site for s in incident.signatures if s.site})
    messages = sorted({s.message[:_MESSAGE] for s in incident.signatures if s.message})
    pull = f"#{incident.pull}" if incident.pull is not None else ""
    words = (incident.id, incident.branch, pull, *sites, *incident.builders, *messages)
    title = f"{incident.id}: {', '.join(sites) or 'a failure'} on {', '.join(incident.builders)}"
    return _make_row(
        repo_id, HitKind.INCIDENT, incident.id, title=title, words=words, at=incident.opened_at
    )


def put_pull_documents(connection: Connection, repo_id: int, new: Sequence[Commit]) -> None:
    """The pulls of commits, with their titles."""
    for commit in new:
        document = make_pull_document(repo_id, commit)
        if document is not None:
            put_row(connection, search, document)


def make_pull_document(repo_id: int, commit: Commit) -> Values | None:
    """Found by its number, title, author and commit; None: it came by no pull."""
    if commit.pull is None:
        return None
    title = f"#{commit.pull} {commit.title}"
    words = (title, commit.author or "", commit.sha)
    return _make_row(
        repo_id, HitKind.PULL, str(commit.pull), title=title, words=words, at=commit.at
    )


def put_build_documents(connection: Connection, facts: BuildRecord, at: datetime) -> None:
    """Builder and worker, and what failed with which message."""
    if facts.repo_id is None:
        return
    statement = _make_put(connection)
    for document in make_build_documents(facts, at):
        connection.execute(statement, document)


def make_build_documents(facts: BuildRecord, at: datetime) -> list[Values]:
    """What a build has that people look for; `at` is when it was stored."""
    repo_id, end = facts.repo_id or 0, facts.build.complete_at or facts.build.started_at
    name, worker = facts.builder.name, facts.build.worker
    make = partial(_make_row, repo_id, at=end)
    documents = [
        make(HitKind.BUILDER, name, title=name, words=(name, *facts.builder.tags)),
        make(HitKind.WORKER, worker, title=worker, words=(worker,)),
    ]
    for seen in facts.sightings:
        site, message = seen.signature.site, seen.signature.message[:_MESSAGE]
        if site:
            documents.append(make(HitKind.TEST, site, title=site, words=(site,)))
        if site and message:
            title = f"{site}: {message}"
            row = make(HitKind.MESSAGE, site, title=title, words=(site, message))
            documents.append(row | {"id": _make_id(repo_id, HitKind.MESSAGE, title)})
    return [document | {"seen_at": at} for document in documents]


def _make_row(
    repo_id: int, kind: HitKind, name: str, *, title: str, words: Iterable[str], at: datetime
) -> Values:
    return {
        "id": _make_id(repo_id, kind, name),
        "repo_id": repo_id,
        "kind": kind.value,
        "name": name,
        "title": " ".join(title.split())[:_TITLE],
        "words": " ".join(" ".join(words).split())[:_WORDS],
        "at": at,
        "seen_at": None,
    }


def _make_id(repo_id: int, kind: HitKind, name: str) -> int:
    """The same for the same thing, on every machine; 63 bits, that two things share none."""
    text = f"{repo_id}\0{kind.value}\0{name}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) >> 1


@cached({}, key=lambda connection: connection.dialect.name)
def _make_put(connection: Connection) -> Executable:
    return insert(connection, search).on_conflict_do_nothing()

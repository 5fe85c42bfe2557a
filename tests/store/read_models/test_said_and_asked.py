"""What was said of an incident and asked about it; what a pull put on the lines of today."""

from datetime import timedelta

from bot.core.model import Announcement, PullComment
from bot.core.model.commands import AuditEntry, CommandResult, Role
from bot.store import Store
from bot.store.read_models.said_and_asked import load_actions, load_pull_commits, load_said
from tests.support.make_stored import MOMENT, make_commit, make_incident


async def test_an_incident_concerns_the_pulls_on_which_it_was_told(store: Store) -> None:
    """One that was accused first and cleared later is concerned as well."""
    told = Announcement("i1", "suspected", "open", MOMENT)
    other = Announcement("i2", "confirmed", "open", MOMENT)
    await store.incidents.save_pull_comment(PullComment(1, 11, wanted="a", said=(told, other)))
    incident = make_incident("i1", pull=12)
    numbers, said = await store.database.read_at_once(
        lambda connection: load_said(connection, 1, incident), single=True
    )
    assert (numbers, said) == ([11, 12], ((11, told),))


async def test_words_from_before_an_incident_are_not_of_it(store: Store) -> None:
    later = MOMENT + timedelta(hours=1)
    for comment_id, at in ((7, MOMENT), (8, later)):
        entry = AuditEntry(
            1, comment_id, 0, 12, "a", Role.READ, "explain", "", at, at, CommandResult.DONE, ""
        )
        await store.commands.save_command(entry)

    found = await store.database.read_at_once(
        lambda c: (load_actions(c, 1, [12], later), load_actions(c, 1, [12])), single=True
    )
    assert [[entry.comment_id for entry in entries] for entries in found] == [[8], [7, 8]]


async def test_commits_of_a_line_that_was_pushed_over_are_gone(store: Store) -> None:
    await store.facts.save_line(1, "main", [make_commit("a", pull=12)], new_epoch=False)
    await store.facts.save_line(1, "main", [make_commit("b", pull=12)], new_epoch=True)
    await store.facts.save_line(1, "3.14", [make_commit("c", pull=12)], new_epoch=False)
    found = await store.database.read_at_once(
        lambda connection: load_pull_commits(connection, 1, 12), single=True
    )
    assert [(branch, commit.sha) for branch, commit in found] == [("3.14", "c"), ("main", "b")]

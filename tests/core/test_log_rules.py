"""A project's own format goes to the processes that read logs, with each log."""

import pickle

from bot.core.log_rules import Meaning, ProjectFormat, ProjectRule


def test_a_format_is_the_same_on_the_other_side() -> None:
    """It is also what compiled needles are remembered by: equal, with an equal hash."""
    rules = (
        ProjectRule(Meaning.FAILED, "!! ", r"^!! (?P<id>\S+)$", below=3),
        ProjectRule(Meaning.ENDS, "the end", "^the end$"),
    )
    sent = ProjectFormat("tinker", rules, reproduce="./tinker {ids}")
    got = pickle.loads(pickle.dumps(sent))
    assert (got, hash(got)) == (sent, hash(sent))
    assert got.find(Meaning.ENDS) == rules[1:]

"""What the API tells is read back as it was, and what no service of ours says is refused."""

import json
from dataclasses import replace

import pytest

from bot.core.errors import Malformed
from bot.core.fleet.advice import Advice, AdviceKind
from bot.core.model.build_results import Result
from bot.core.reports.fleet_json import parse_fleet_json, render_fleet_json
from tests.core.fleet.test_release import GREEN, RED, Row
from tests.core.fleet.test_status import make_status

STATUS = make_status(
    {
        "a": Row("tier-1", (RED, RED, GREEN)),
        "b": Row("", (None, GREEN, Result.EXCEPTION), stable=False),
        "c": Row("tier-3", (GREEN,), hours=500),
    }
)


def test_it_is_read_back_as_it_was() -> None:
    status = replace(STATUS, advice=(Advice(AdviceKind.DEMOTE, "a", "10 reds in a row"),))
    told = json.loads(json.dumps(render_fleet_json(status)))
    assert parse_fleet_json(told) == status


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"at": "noon"}, "answer.at"),
        ({"branches": None}, "answer.branches"),
        ({"branches": [{"repo": "o/r"}]}, "answer.branches[0]"),
    ],
)
def test_what_another_version_words_otherwise_is_named(
    change: dict[str, object], named: str
) -> None:
    with pytest.raises(Malformed, match=named.replace("[", r"\[")):
        parse_fleet_json({**render_fleet_json(STATUS), **change})


def test_a_word_that_nobody_knows_is_none_of_ours() -> None:
    told = json.loads(json.dumps(render_fleet_json(STATUS)))
    told["branches"][0]["release"]["answer"] = "perhaps"
    with pytest.raises(Malformed, match="answer is not a word that this version knows"):
        parse_fleet_json(told)

"""Our record in words and as JSON."""

import json

from bot.core.reports.documents import render_html_document, render_markdown_document
from bot.core.reports.record import Share, make_record
from bot.core.reports.record_sections import (
    make_record_document,
    render_record_json,
    tell_share,
)
from tests.core.reports.halves import make_accusation, make_line, make_record_facts
from tests.core.reports.test_record import make_many

RECORD = make_record(make_many(right=3, wrong=1, open_=1, doubted=1))
PLAIN = render_markdown_document(make_record_document(RECORD)).replace("\\", "")


def test_it_begins_with_what_to_make_of_it() -> None:
    assert "Only 4 of 6 are proved right or wrong: too few" in PLAIN


def test_figures_come_with_counts_and_interval() -> None:
    assert tell_share(Share(34, 36, 0.94, 0.82, 0.98)) == "94 % (82 to 98 %), 34 of 36"
    assert tell_share(Share(0, 0, None, 0, 1)) == "nothing is proved yet"
    assert "| Proved right | 3 |" in PLAIN
    assert "| 2026-02 | 6 | 3 | 1 | 1 | 1 | 0 | 1 |" in PLAIN


def test_a_dry_run_is_called_one() -> None:
    record = make_record(make_record_facts(accusation=make_accusation(is_posted=False)))
    document = make_record_document(record)
    assert document.sections[0].note == ("1 of them would have been made: it was a dry run.")


def test_every_comment_has_its_outcome_and_why() -> None:
    html = render_html_document(make_record_document(RECORD))
    assert "it went away with a revert of the pull" in html
    assert html.count("<svg") == 1, "the calibration"


def test_json_tells_all_of_it() -> None:
    told = json.loads(json.dumps(render_record_json(RECORD)))
    assert told["enough"] is False
    assert told["total"]["right"] == 3
    assert told["precision"]["whole"] == 4
    one = make_record(make_record_facts(make_line(at5=2)))
    (judged,) = render_record_json(one)["judged"]
    assert (judged["outcome"], judged["by_builds"], judged["pull"]) == ("right", False, 102)

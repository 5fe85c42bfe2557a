"""A report for a mail: each figure has its name, and nothing in it acts."""

from bot.core.reports.documents import Document, Section, Table
from bot.core.reports.plain_text import render_text_document


def test_each_figure_is_told_with_its_name_and_no_text_of_others_ends_a_line() -> None:
    table = Table(
        ("Branch", "What fails", "On"), (("main", "@octocat\r\nBcc: x", ""), ("3.13", "a", "B"))
    )
    document = Document(
        "title",
        "summary",
        (
            Section("New", "Nothing new broke.", table, note="And 3 more."),
            Section("Fixed", "None."),
        ),
    )
    assert render_text_document(document).splitlines() == [
        "New",
        "---",
        "* main; What fails: @\u200boctocat Bcc: x",
        "* 3.13; What fails: a; On: B",
        "And 3 more.",
        "",
        "Fixed",
        "-----",
        "None.",
    ]

"""A document as Markdown and HTML: hostile cells, empty parts, pictures that tell all."""

from bot.core.reports.documents import (
    Document,
    Picture,
    Section,
    Table,
    render_html_document,
    render_markdown_document,
)

TABLE = Table(("A", "B"), (("x | y", "1"), ("@you", "<b>")))
SVG = "<svg></svg>"


def render(section: Section) -> tuple[str, str]:
    document = Document("T", "S", (section,))
    return render_markdown_document(document), render_html_document(document)


def test_a_cell_stays_a_cell() -> None:
    markdown, html = render(Section("One", "", table=TABLE))
    row = next(line for line in markdown.splitlines() if "y" in line and line.startswith("|"))
    assert row.replace("\\|", "").count("|") == 3
    assert "@you" not in markdown
    assert '<td data-label="B"><span>&lt;b&gt;</span></td>' in html


def test_a_part_without_rows_says_so_in_both() -> None:
    for text in render(Section("One", "Nothing.", table=Table(("A",), ()))):
        assert "Nothing." in text


def test_a_picture_that_tells_all_stands_for_its_table_in_html_only() -> None:
    markdown, html = render(Section("One", "", table=TABLE, picture=Picture(SVG), is_drawn=True))
    assert "| A | B |" in markdown
    assert SVG not in markdown
    assert SVG in html
    assert "<td" not in html


def test_a_picture_beside_its_table_leaves_both() -> None:
    _, html = render(Section("One", "", table=TABLE, picture=Picture(SVG)))
    assert SVG in html
    assert "<td" in html


def test_a_page_of_its_own_lets_nothing_run() -> None:
    _, html = render(Section("<script>x</script>", "", note="<i>"))
    assert "<script" not in html
    assert "default-src 'none'" in html
